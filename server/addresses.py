"""This server's own address, as other people are told it."""

from starlette.requests import Request

from server.parts import parts_of


def address_of_link(request: Request, token: str) -> str:
    """What a wearer hands over: by the operator's word for the address, where there is one.

    The request's `Host` is whatever its sender wrote.
    """
    path = f"/s/{token}"
    return parts_of(request).alerts.channels.link(path) or str(request.base_url.replace(path=path))
