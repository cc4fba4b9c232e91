"""Recorded footage through the device's own path: what is seen, what would be said, and how fast."""
