"""From pictures to `models/paving-v2-int8.onnx`: labels, samples, fine-tuning, export, figures.

torch and ultralytics (the `[train]` extra) are imported here only, and only by `network`, `teacher`, `train`
and `export`.
"""
