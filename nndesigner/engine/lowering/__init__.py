"""How layers write operations onto a tape: one file a family, put together in `engine.tape`."""
