"""Chaos on real processes: the only part of the simulations that runs nodes, sockets and trio.

A plan is drawn from the seed (`plan.py`); a nemesis has it befall the processes (`nemesis.py`),
and gates in front of the nodes delay, swallow and cut what passes them (`gates.py`, `passing.py`).
What people are shown is put before the checkers of the simulated world (`court.py`).
"""
