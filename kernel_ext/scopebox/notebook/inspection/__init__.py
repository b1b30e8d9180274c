"""Help at the cursor: what stands there, and what a cell may do with it."""
