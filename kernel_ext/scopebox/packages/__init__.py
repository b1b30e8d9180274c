"""Packages that others published, read as they are: nothing of them is unpacked, followed or run here."""
