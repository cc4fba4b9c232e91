"""A trial: its protocol, its folder, its estimates, its gates and its verdict."""
