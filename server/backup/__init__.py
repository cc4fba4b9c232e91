"""Copies of the store: taken while it serves, checked, sealed, kept for so many days, and brought back."""
