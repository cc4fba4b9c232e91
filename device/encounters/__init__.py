"""What the device says in scripted encounters, against truth, beside two naive ways of speaking.

`vision.encounters` walks and looks; here the real hazard memory, policy table and arbiter speak in simulated
time, and what they said is judged: in time, late, missed, or for nothing.
"""
