"""A deterministic world of the shipping machines, which looks for what breaks them."""
