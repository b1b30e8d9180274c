"""What a user sees, whichever modules it takes."""
