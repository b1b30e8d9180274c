"""The host's side of the isolates: their processes, their sockets, their limits."""
