"""What ties a rendered clip to the route that it shows."""

import hashlib
import json

from wire.route import Route


def visible_sha256(route: Route) -> str:
    """A hash of what can be seen of a route: its line and what each stretch looks like, no names."""
    stretches = [
        (
            stretch.first,
            stretch.last,
            stretch.kind,
            stretch.side,
            stretch.tactile,
            stretch.covered,
            stretch.width_m,
            stretch.crossing and (stretch.crossing.signals, stretch.crossing.marked, stretch.crossing.island),
        )
        for stretch in route.stretches
    ]
    return hashlib.sha256(json.dumps([route.points, stretches]).encode()).hexdigest()
