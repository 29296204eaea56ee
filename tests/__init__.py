"""Tests: this folder mirrors the package; `naive` holds the slow twins of the arithmetic."""
