"""Rehearsed walks: scripted senses through the real companion, recorded as runs (`field_tests/runs`)."""
