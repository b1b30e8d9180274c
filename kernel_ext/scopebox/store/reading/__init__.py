"""Reading items: from a query to JSON."""
