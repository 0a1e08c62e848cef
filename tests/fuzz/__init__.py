"""Fuzzing of everything that reads what others wrote. docs/fuzzing.md."""
