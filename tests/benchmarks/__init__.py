"""What is fast, measured as ratios to this machine's own ceilings, in one run."""
