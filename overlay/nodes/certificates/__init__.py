"""The certificates that nodes present over TLS: made here, brought by operators, or signed by an
authority of their network."""
