"""THE CLIENT: a pure machine, as the node is. `machine.py` knows the order of its parts."""
