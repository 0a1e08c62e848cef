"""Bounds and numbers to beat: what each is, what was measured, and by how much it falls short.

A row is a value (`rows.py`). The registry (`registry.py`) holds all of them, by what
they are about. `measuring.py` plays what they name, `judging.py` compares, `table.py` prints.
"""
