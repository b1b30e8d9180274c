"""From and to a real Directus."""
