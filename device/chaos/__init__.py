"""`shirube device chaos`: the whole device with real processes, on which faults are let loose one by one."""
