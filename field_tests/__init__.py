"""The field trial: fixes -> outings -> weekly figures -> verdict; the ledger of fees; the report."""
