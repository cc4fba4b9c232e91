"""Map -> walking network -> route -> spoken guidance -> progress along it."""
