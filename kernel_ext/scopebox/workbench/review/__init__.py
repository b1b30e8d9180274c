"""A review: an account of a package for the person who decides about installing it. It says what is there, never that it is safe."""
