"""The façades: what a guest imports instead of modules."""
