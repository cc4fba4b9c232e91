"""Frame -> detections -> tracks -> hazards; geometry; model runtimes."""
