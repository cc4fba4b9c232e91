"""Pages for the wearer, the caregiver and the evaluator: server-rendered, usable without scripts."""
