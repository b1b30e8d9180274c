"""What an extension asks for."""
