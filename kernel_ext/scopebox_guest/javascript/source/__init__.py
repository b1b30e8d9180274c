"""What can be told of a JavaScript text without running it: its tokens, its brackets, its comments."""
