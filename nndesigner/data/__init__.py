"""Data: from files to numbers that a network can learn from."""
