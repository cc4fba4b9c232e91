"""Accounts, routes, trips, live view, store, pages (FastAPI)."""
