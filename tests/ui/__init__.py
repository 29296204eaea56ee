"""Tests of the window's rooms."""
