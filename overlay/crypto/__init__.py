"""Who signed it, and who can read it: keys, signatures, sealing, chains."""
