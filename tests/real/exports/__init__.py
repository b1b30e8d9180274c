"""Exported extensions in a real Directus: what they answer there, and what they answer here."""
