"""Where rows of bytes survive a crash. Knows nothing of what the bytes mean."""
