"""How fast the engine is, beside PyTorch, Keras and scikit-learn: ``nndesigner bench``."""
