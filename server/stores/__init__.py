"""What differs between the two databases: how to connect, to lock, and to say what went wrong."""
