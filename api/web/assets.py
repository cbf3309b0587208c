"""Static files: few, small, named by their content so that browsers may keep them for a year."""

import gzip
import mimetypes
from functools import cache
from pathlib import Path
from typing import NamedTuple

from litestar import Response, get
from litestar.params import FromPath

from api.policies import anyone
from api.web.frame import PageRequest
from api.web.rendering import STATIC_FOLDER, YEAR_SECONDS
from ledger.errors import NotFound

CACHE_CONTROL = f"public, max-age={YEAR_SECONDS}, immutable"


class Asset(NamedTuple):
    """A file as it is sent, plain and packed."""

    plain: bytes
    packed: bytes
    media_type: str


@cache
def _assets() -> dict[str, Asset]:
    return {path.name: _read(path) for path in STATIC_FOLDER.iterdir() if path.is_file()}


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(content, gzip.compress(content, mtime=0), media_type)


@get("/static/{name:str}", opt=anyone(is_counted=False), sync_to_thread=False)
def static_file(request: PageRequest, name: FromPath[str]) -> Response[bytes]:
    """One of the files shipped with the pages; nothing else is reachable this way."""
    asset = _assets().get(name)
    if asset is None:
        raise NotFound(kind="file", id=name)
    headers = {"cache-control": CACHE_CONTROL, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(asset.packed, media_type=asset.media_type, headers=headers)
    return Response(asset.plain, media_type=asset.media_type, headers=headers)


@get("/favicon.ico", opt=anyone(is_counted=False), sync_to_thread=False)
def favicon() -> Response[bytes]:
    """The seal, for browsers that ask here without being told to."""
    return Response(
        _assets()["seal.svg"].plain,
        media_type="image/svg+xml",
        headers={"cache-control": CACHE_CONTROL},
    )


ROUTES = [static_file, favicon]
