"""`shirube device doctor`: looks at the device's own parts, says what it finds, and what to do about it.

Each check is a look (what the machine tells, as plain facts) and a judgement (facts to findings, pure).
"""
