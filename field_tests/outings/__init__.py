"""Outings and their minutes from positions, homes and other evidence. Pure; NumPy, one pass."""
