"""The guest as a process: its confinement."""
