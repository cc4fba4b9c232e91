"""Ways of telling a person, each behind the port `base.Sender`."""
