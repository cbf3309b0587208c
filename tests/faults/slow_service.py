"""A service with the real processes around a very small application that is slow on request.

python -m tests.faults.slow_service DATA_DIR PORT
"""

import asyncio
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg

from ledger.settings import Settings
from ops.child_process import prepare_child
from ops.embedded_postgres import EmbeddedPostgres
from ops.web_server import serve_web

SLOW_SECONDS = 1.5
#: A module that nothing has imported before the application is made.
LATE_MODULE = "mailbox"


def create_app() -> Any:
    """An ASGI application: /slow takes its time, /database asks the database, /worker says who."""
    settings = prepare_child()
    importlib.import_module(LATE_MODULE)

    async def respond(path: str) -> str:
        if path == "/slow":
            await asyncio.sleep(SLOW_SECONDS)
        if path == "/database":
            connection = await asyncpg.connect(settings.database_url)
            await connection.fetchval("SELECT 1")
            await connection.close()
        return str(os.getpid())

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": f"{kind}.complete"})
                if kind == "lifespan.shutdown":
                    return
        body = (await respond(scope["path"])).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return application


if __name__ == "__main__":
    with EmbeddedPostgres(Path(sys.argv[1]), durable_setup=False) as embedded:
        print(embedded.pid, flush=True)
        serve_web(
            Settings(database_url=embedded.service_url, port=int(sys.argv[2]), secret_key="none"),
            server=embedded,
            application="tests.faults.slow_service:create_app",
        )
