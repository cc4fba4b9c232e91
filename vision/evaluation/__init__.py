"""How good the model is: the same measures for it and for the naive systems, on any labelled data."""
