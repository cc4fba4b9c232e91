"""The device's processes: a supervisor and the parts that it watches and starts again (decision 0024)."""
