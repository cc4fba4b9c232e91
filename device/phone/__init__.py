"""A phone, or any smart glasses, as the device's camera, sensors and buttons: the page and the protocol.

The protocol is written down for makers of glasses in docs/phone.md.
"""
