"""What the speech part is made of: phrases made ahead, mixing, outputs and whether they sound."""
