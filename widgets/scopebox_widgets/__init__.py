"""Views on a sandbox, made of ipywidgets."""
