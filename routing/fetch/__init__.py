"""Fetching a map of OpenStreetMap: our tags, tile by tile, politely, kept as it comes.

areas -> tiles -> query -> line (through OSMnx to the server) -> answers -> gathered -> written.
`routing.fetch.maps` is the door.
"""
