"""How often alerts are false and how often real things are missed: `shirube server alerts-bench`."""
