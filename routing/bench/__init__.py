"""Shirube beside the engines that others use: how fast, and how safe the ways are. A developer's tool.

Neither the server nor the device imports this package; the peers come with the extra `bench`.
"""
