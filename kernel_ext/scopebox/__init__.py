"""Permission-scoped extensions in a notebook."""
