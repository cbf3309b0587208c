"""HEAD wherever GET is served: the same way, the same headers, nothing behind them."""

from typing import Any


async def serve_head(app: Any, scope: Any, receive: Any, send: Any) -> None:
    """Let the framework answer as to a GET; its routes know one method each."""

    async def send_without_body(message: Any) -> None:
        if message["type"] != "http.response.body":
            await send(message)
        elif not message.get("more_body", False):
            await send({"type": "http.response.body", "body": b""})

    await app({**scope, "method": "GET"}, receive, send_without_body)
