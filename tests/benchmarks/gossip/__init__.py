"""What gossip costs the nodes of an overlay, real and simulated."""
