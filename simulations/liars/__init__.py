"""Machines that lie: each wraps an honest one, and tampers with what it hears and says."""
