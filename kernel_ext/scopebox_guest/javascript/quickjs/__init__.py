"""QuickJS by its C interface: the library, its values and realms, what it calls in Python, and the pages of those callbacks."""
