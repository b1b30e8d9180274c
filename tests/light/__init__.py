"""Stands before the packages that are installed, in tests and in the JupyterLabs that they start: what is loaded for nothing."""
