"""The way out: a loaded extension as the folder of one that a real Directus loads."""
