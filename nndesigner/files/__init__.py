"""Project files, weights files and safe writing: data only, never code."""
