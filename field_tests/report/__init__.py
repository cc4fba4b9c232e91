"""The report of a trial: HTML, PDF, plots and tables, in Japanese and English."""
