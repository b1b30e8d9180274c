"""Compiles 38 grammars when it is imported, which takes a second. Only jsonschema wants it, for formats that no notebook has, and does without."""

raise ImportError("jsonschema does without it")
