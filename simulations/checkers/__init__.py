"""Judges of a run: each looks at a world from outside and knows one invariant.

A checker is shown every fact that a machine reports, every frame that one
sends, every row that one persists, and now and then the hosts themselves. It
knows nothing of how a machine is made.
"""
