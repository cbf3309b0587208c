"""Static files: few, small, named by their content so that browsers may keep them for a year."""

import mimetypes
from functools import cache

from litestar import Response, get

from api.policies import anyone
from api.web.rendering import STATIC_FOLDER, YEAR_SECONDS
from ledger.errors import NotFound

CACHE_CONTROL = f"public, max-age={YEAR_SECONDS}, immutable"


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in STATIC_FOLDER.iterdir() if path.is_file()}


@get("/static/{name:str}", opt=anyone(), sync_to_thread=False)
def static_file(name: str) -> Response[bytes]:
    """One of the files shipped with the pages; nothing else is reachable this way."""
    content = _files().get(name)
    if content is None:
        raise NotFound(kind="file", id=name)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    return Response(
        content, media_type=media_type + charset, headers={"cache-control": CACHE_CONTROL}
    )


@get("/favicon.ico", opt=anyone(), sync_to_thread=False)
def favicon() -> Response[bytes]:
    """The seal, for browsers that ask here without being told to."""
    return Response(
        _files()["seal.svg"], media_type="image/svg+xml", headers={"cache-control": CACHE_CONTROL}
    )


ROUTES = [static_file, favicon]
