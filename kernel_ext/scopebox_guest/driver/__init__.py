"""Takes frames, has cells and handlers run, and sends their calls; it knows no language."""
