"""What device and server say to each other: versioned messages, ids, JSON; nothing else."""
