"""One loaded extension: how it is loaded, how its calls are answered, how its handlers are called."""
