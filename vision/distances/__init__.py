"""How well distances are measured: drawn trials with exact truth through the real pipeline.

Trial -> walk towards one standing thing, through the lens of `vision.encounters.eye` -> boxes and mask with
the measured detector's errors -> `vision.pipeline`, with and without an IMU, with and without paving.
"""
