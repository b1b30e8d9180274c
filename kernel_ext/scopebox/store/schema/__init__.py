"""Collections, fields and relations."""
