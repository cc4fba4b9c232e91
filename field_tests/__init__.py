"""The field trial: fixes -> outings -> figures."""
