"""The companion: ports and adapters, announcements, the arbiter, speech, uplink, recorder."""
