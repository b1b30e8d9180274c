"""JavaScript and TypeScript in a guest, by QuickJS."""
