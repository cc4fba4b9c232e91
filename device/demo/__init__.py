"""The demonstration: a rehearsed walk through every room, on a virtual clock."""
