"""Guidance proved by walks: simulated walkers and recorded ones, a voice, and figures of what was told."""
