"""Training: settings, checks, the trainer, and the mailbox that it posts to."""
