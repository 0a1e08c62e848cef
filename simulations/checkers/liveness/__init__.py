"""Judges of what has to happen in time, once the faults have stopped: L1 to L4, L7, L8.

A condition (`conditions.py`) is waited for; a judge (`judges.py`, `deaths.py`) looks on
from when it is told to begin. Both note how long things took, beside whether that was too
long. A run has them all on its panel (`panel.py`). Bounds stand in `bounds.py`, by size and
shape.
"""
