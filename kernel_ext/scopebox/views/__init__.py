"""What a notebook shows of results, errors, logs and lists: as plain text and as HTML. Nothing here knows a notebook.

Everything shown may come from an extension. The parts of a :class:`~scopebox.views.parts.View` take raw text and escape it
themselves, so there is no other way to HTML than through them.
"""
