"""TypeScript: its types are blanked out, so that every line and column stays."""
