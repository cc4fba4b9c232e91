"""Cameras by URI: what plugs in, streams, is played back or pushed by a phone, behind one port."""
