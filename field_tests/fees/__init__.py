"""Fees of mobility services in integer yen: tariffs, ledger, comparison."""
