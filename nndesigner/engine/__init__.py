"""Arithmetic: arrays in, arrays out. Knows no layer, no file and no window."""
