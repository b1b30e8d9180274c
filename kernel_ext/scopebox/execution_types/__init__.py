"""The host's side of the execution types: one module a family, one function a type."""
