"""The guest: what runs inside an isolate."""
