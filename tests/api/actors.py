"""Clients that tell a story: they expect to be heard, unless a refusal is asked for."""

from typing import Any

import httpx

from tests.api.world import new_key


class Actor:
    """A client that sends commands with fresh keys and expects them to be accepted."""

    def __init__(self, client: httpx.AsyncClient, base: str) -> None:
        self.client = client
        self.base = base

    async def do(self, path: str, body: dict[str, Any], status: int = 201) -> Any:
        answer = await self.client.post(f"{self.base}{path}", json=body, headers=new_key())
        assert answer.status_code == status, answer.text
        return answer.json()

    async def see(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(f"{self.base}{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def refused(self, path: str, body: dict[str, Any]) -> tuple[int, str]:
        """Status and code of a command that is not accepted."""
        answer = await self.client.post(f"{self.base}{path}", json=body, headers=new_key())
        return answer.status_code, answer.json()["code"]

    async def pages(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Everything of a list, two at a time; the filters are given once."""
        found: list[dict[str, Any]] = []
        page = await self.see(path, limit=2, **query)
        while page["next_cursor"]:
            found += page["items"]
            page = await self.see(path, limit=2, cursor=page["next_cursor"])
        return found + list(page["items"])
