"""Is the process alive; is it ready to be sent work."""

import msgspec
from litestar import Request, Response, get

from api.policies import anyone
from api.service import Service
from ledger.database import fetch_value, read_transaction


class Health(msgspec.Struct):
    """What a probe reads."""

    status: str


@get(
    "/health/live",
    opt=anyone(is_counted=False, needs_database=False),
    summary="Is the process alive",
    tags=["health"],
)
async def live() -> Health:
    """Always 200 while the process answers; touches nothing else."""
    return Health("live")


@get("/health/ready", opt=anyone(is_counted=False), summary="Is the service ready", tags=["health"])
async def ready(request: Request) -> Response[Health]:  # type: ignore[type-arg]
    """200 when the database answers and the demonstration's history, if asked for, is there."""
    service: Service = request.app.state.service
    async with read_transaction(service.engine) as conn:
        await fetch_value(conn, "SELECT 1")
    return Response(Health("ready"))
