"""The schema and the access of a store as people read them."""
