"""What a client knows and what it has under way. Changed by the parts, which share it."""
