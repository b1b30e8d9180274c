"""Views on a sandbox, made of ipywidgets."""

from scopebox_widgets.panel import Panel

__all__ = ["Panel"]
