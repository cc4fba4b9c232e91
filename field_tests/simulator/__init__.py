"""Simulated trials: lives in a town, receivers, losses. What is written is marked as simulated."""
