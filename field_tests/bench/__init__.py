"""Figures of the estimator and of the statistics, beside their peers."""
