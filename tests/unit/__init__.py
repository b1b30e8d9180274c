"""One test file a module, in folders as those of the packages."""
