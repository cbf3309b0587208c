"""What an uploaded file is: told by its first bytes; pictures are written anew.

Written anew, a picture carries nothing but its pixels: no place, no camera, no owner, no bytes hung
on behind. A PDF is kept as it is, when it is no more than paper (``pdf_files``); whoever opens it
does so outside of our pages.
"""

import re
import warnings
from io import BytesIO
from typing import Literal

import msgspec
from PIL import Image, ImageOps

from ledger.foundation.file_refusal import DAMAGED, FileRefused
from ledger.foundation.pdf_files import check_pdf

FileKind = Literal["jpeg", "png", "webp", "pdf"]
LARGEST_UPLOAD = 10 * 1024 * 1024
LARGEST_SIDE = 2048
PREVIEW_SIDE = 320
#: A few bytes unpack to as many pixels as they say. A telephone's 24 million are taken, of a JPEG,
#: which may be read smaller, its 50 million. The worst of them took 350 MiB while it was read.
MOST_PIXELS = 25_000_000
_MOST_JPEG_PIXELS = 50_000_000
#: The animation that a WebP may be is decoded in canvases of its own.
_MOST_WEBP_PIXELS = 12_500_000
LONGEST_SIDE = 12_000
#: Of a JPEG; programs write about ten. Each goes through all pixels again, for 75 bytes.
MOST_SCANS = 100
TOO_MANY_PIXELS = "the picture has too many pixels; send it smaller"
_QUALITY = 85
_PREVIEW_QUALITY = 70
_WEBP_MARK_AT = 8
#: What is no data and no restart: the next part of a JPEG begins.
_JPEG_MARK = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
_JPEG_SCAN, _JPEG_END = b"\xda", b"\xd9"
#: Of these the length follows.
_JPEG_SIZED = re.compile(rb"[\xc0-\xcf\xda-\xef\xfe]")


class ReadFile(msgspec.Struct, frozen=True):
    """A file as it is kept."""

    kind: FileKind
    content: bytes
    #: Pixels; None: no picture.
    width: int | None = None
    height: int | None = None
    #: A small JPEG of a picture.
    preview: bytes | None = None


def read_file(data: bytes) -> ReadFile:
    """Tell what a file is and make of it what is kept. Takes up to seconds: use a thread.

    Raises:
        FileRefused: too large, of another kind, damaged, or not harmless.
    """
    if not data:
        raise FileRefused(reason="it is empty")
    if len(data) > LARGEST_UPLOAD:
        raise FileRefused(reason="it is larger than 10 MiB")
    kind = _kind_of(data)
    if kind is None:
        raise FileRefused(reason="only JPEG, PNG, WebP and PDF are taken")
    if kind != "pdf":
        return _read_picture(kind, data)
    check_pdf(data)
    return ReadFile("pdf", data)


def _kind_of(data: bytes) -> FileKind | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"RIFF") and data[_WEBP_MARK_AT:].startswith(b"WEBP"):
        return "webp"
    return "pdf" if re.match(rb"%PDF-[12]\.[0-9]", data) else None


def _has_many_scans(data: bytes) -> bool:
    """Whether a JPEG has more scans than any program writes; what hangs on behind is not read."""
    place, scans = 2, 0
    while scans <= MOST_SCANS and (found := _JPEG_MARK.search(data, place)):
        if found[1] == _JPEG_END:
            return False
        scans += found[1] == _JPEG_SCAN
        place = found.end()
        if _JPEG_SIZED.match(found[1]):
            place += int.from_bytes(data[place : place + 2], "big")
    return scans > MOST_SCANS


def _read_picture(kind: FileKind, data: bytes) -> ReadFile:
    if kind == "jpeg" and _has_many_scans(data):
        raise FileRefused(reason=DAMAGED)
    try:
        # warnings are about damaged metadata, which is dropped
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = _read_small(kind, data)
    except (OSError, ValueError, SyntaxError, IndexError, Image.DecompressionBombError) as error:
        raise FileRefused(reason=DAMAGED) from error
    preview = _small(picture)
    content = _written(picture, kind)
    if len(content) > LARGEST_UPLOAD:
        content, kind = _written(picture.convert("RGB"), "jpeg"), "jpeg"
    return ReadFile(kind, content, picture.width, picture.height, preview)


def _read_small(kind: FileKind, data: bytes) -> Image.Image:
    """The pixels of a picture, upright and no larger than is kept.

    It is made small before anything else is done with it: each copy takes 4 bytes a pixel.
    """
    most = {"jpeg": _MOST_JPEG_PIXELS, "webp": _MOST_WEBP_PIXELS}.get(kind, MOST_PIXELS)
    with Image.open(BytesIO(data), formats=[kind]) as opened:
        if max(opened.size) > LONGEST_SIDE or opened.width * opened.height > most:
            raise FileRefused(reason=TOO_MANY_PIXELS)
        opened.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
        if opened.width * opened.height > MOST_PIXELS:
            raise FileRefused(reason=TOO_MANY_PIXELS)
        is_clear = kind != "jpeg" and opened.has_transparency_data
        mode = "RGBA" if is_clear else "RGB"
        picture = opened if opened.mode == mode else opened.convert(mode)
        picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        return ImageOps.exif_transpose(picture)


def _small(picture: Image.Image) -> bytes:
    """A preview on white."""
    small = picture.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    ground = Image.new("RGB", small.size, "white")
    ground.paste(small, mask=small.getchannel("A") if small.mode == "RGBA" else None)
    return _written(ground, "jpeg", quality=_PREVIEW_QUALITY)


def _written(picture: Image.Image, kind: FileKind, *, quality: int = _QUALITY) -> bytes:
    """The pixels as a file: what the picture came with is left behind."""
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    target = BytesIO()
    bare.save(target, kind.upper(), quality=quality, optimize=kind != "webp")
    return target.getvalue()
