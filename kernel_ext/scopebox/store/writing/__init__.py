"""Writing items: plan, then execute."""
