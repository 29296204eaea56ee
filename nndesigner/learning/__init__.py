"""What can be chosen for learning: activations, losses, optimizers, initializers."""
