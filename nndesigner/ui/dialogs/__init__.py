"""Dialogs: each asks one thing, and nothing changes before it is answered."""
