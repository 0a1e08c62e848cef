"""What a client does, one part a file; no part knows another, `machine.py` knows their order."""
