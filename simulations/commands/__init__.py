"""The simulator's command line, a file for each group of commands."""
