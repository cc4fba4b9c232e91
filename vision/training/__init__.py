"""From pictures to `models/paving-v3.onnx`: samples, three stages of training, export behind gates.

torch and ultralytics (the `[train]` extra) are imported here only.
"""
