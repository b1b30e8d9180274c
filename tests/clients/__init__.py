"""Clients that people use, from npm, against ``box.serve()``.

``package.json`` and ``package-lock.json`` say which versions, with checksums; nothing of what they install is run at the installation. What
only serves the types of the refine data provider is replaced by a package that is there anyway.
"""
