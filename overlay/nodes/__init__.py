"""Whole nodes: a directory, a port, a control socket, and the machine between them."""
