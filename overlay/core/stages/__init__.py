"""What a node does, one stage a file; no stage knows another, `node.py` alone knows their order."""
