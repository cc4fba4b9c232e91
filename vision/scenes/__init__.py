"""Rendered Japanese street scenes with exact truth: training pictures and the rehearsal clip."""
