"""The store beside real Directus instances: which differences are decisions, and how often there are others."""
