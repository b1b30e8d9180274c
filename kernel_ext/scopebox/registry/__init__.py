"""What extensions registered: hooks, endpoints and operations."""
