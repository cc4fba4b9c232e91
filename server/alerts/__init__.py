"""Alerts: what is worth a person's look, who is told of it and how, until somebody answers."""
