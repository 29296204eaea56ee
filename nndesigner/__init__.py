"""Draw a neural network, train it on your own data, watch it learn, take the weights home."""

__version__ = "0.1.0"
