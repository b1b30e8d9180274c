"""Answers as files: what ``?export=csv|json|xml|yaml`` makes of items, in the forms of a Directus 11."""
