"""The addresses that a supervisor and a load balancer ask: `/healthz` and `/readyz`."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from server.late_routes import LateRoute
from server.parts import parts_of

router = APIRouter(include_in_schema=False, route_class=LateRoute)


@router.get("/healthz")
async def alive() -> JSONResponse:
    """The process answers; nothing else is asked."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """503 where this process cannot serve; `degraded` where it serves and something needs the operator."""
    found = await parts_of(request).health.look()
    checks = {name: "ok" if said is None else said for name, said in found.checks.items()}
    return JSONResponse({"status": found.status, "checks": checks}, 503 if found.status == "unready" else 200)
