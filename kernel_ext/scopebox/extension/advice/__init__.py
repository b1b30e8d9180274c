"""What people are told of a call that was refused or failed: notes of the host, which no guest ever sees."""
