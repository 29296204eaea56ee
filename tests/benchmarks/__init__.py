"""Benchmarks: commands that compare the engine with PyTorch and check published accuracies."""
