"""What the server bears, measured from outside: real processes, real sockets, a load in a second process."""
