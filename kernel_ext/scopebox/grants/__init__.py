"""What an extension was given, and what it is refused."""
