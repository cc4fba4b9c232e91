"""`shirube device install` and `update`: a board becomes the device, and new versions have a way back."""
