"""Scripted encounters with exact truth, seen through a detector whose failures are the measured ones.

Script -> walk in three dimensions -> boxes and mask through `vision.camera` -> degraded detections -> the
real `vision.pipeline`. What is said of it, and how well that was, is `device.encounters`.
"""
