"""The log and the trace: numbered records of what happened."""
