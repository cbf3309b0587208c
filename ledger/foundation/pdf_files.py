"""What a PDF may be that is kept as evidence: paper, and nothing that runs, opens or carries.

It is judged by its structure. Everything outside its streams is searched for the names by which a
PDF acts; packed object streams are unpacked, within bounds, and searched likewise. Other streams,
pictures and pages, are not: random bytes spell such names by chance. So that nothing hides there,
no stream, comment or text may hold the head of an object, by which readers find one.

Source: docs/decisions/0050-edge.md
"""

import re
import zlib
from collections.abc import Iterator

from ledger.foundation.file_refusal import DAMAGED, FileRefused

MOST_PAGES = 1_000
#: Object streams of one file, unpacked.
MOST_UNPACKED = 16 * 1024 * 1024
#: Texts, comments and streams of one file.
_MOST_PIECES = 200_000
_END_BYTES = 1024
_WHITE = rb"[\x00\t\n\x0c\r ]"
_NAME_ENDS = rb"(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
_OBJECT_HEAD = re.compile(rb"[0-9]" + _WHITE + rb"+[0-9]+" + _WHITE + rb"+obj(?![A-Za-z0-9])")
#: Where something begins that is not plain syntax: a comment, a text, the content of a stream.
_PIECE = re.compile(rb"%|\(|>>" + _WHITE + rb"*stream(?:\r\n|\n|\r)")
_LINE_END = re.compile(rb"[\r\n]|\Z")
_IN_TEXT = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
#: Names by which a PDF runs, opens, plays or carries something, or hides all of it.
_ACTS = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|EF|AA|RichMedia(?:Content|Execute)?|3D|XFA"
    rb"|SubmitForm|ImportData|GoToR|GoToE|Rendition|Movie|Sound|Encrypt)" + _NAME_ENDS
)
#: When it is opened it may turn to a page of its own, as office programs write it.
_OPENS = re.compile(rb"/OpenAction" + _NAME_ENDS + rb"(?!" + _WHITE + rb"*\[)")
_PAGE = re.compile(rb"/Type" + _WHITE + rb"*/Page" + _NAME_ENDS)
_COUNT = re.compile(rb"/Count" + _WHITE + rb"*([0-9]{1,20})")
#: An object stream, by its name or by where its first object is: a number, not a reference.
_PACKED = re.compile(
    rb"/ObjStm" + _NAME_ENDS + rb"|/First" + _WHITE + rb"*[0-9]++(?!" + _WHITE + rb"+[0-9]+"
    rb"" + _WHITE + rb"+R)"
)
_FILTER = re.compile(rb"/Filter" + _NAME_ENDS)
_DEFLATED = re.compile(
    rb"/Filter" + _WHITE + rb"*\[?" + _WHITE + rb"*/FlateDecode" + _WHITE + rb"*[\]/>]"
)
_PREDICTED = re.compile(rb"/(?:DecodeParms|DP)" + _NAME_ENDS)

ACTS = "the PDF runs, opens or carries something, or is encrypted"
HIDES = "the PDF is packed in a way that cannot be looked into"
TOO_MANY = "the PDF has too many pages or parts"


def check_pdf(data: bytes) -> None:
    """Refuse what is more than paper.

    Raises:
        FileRefused: damaged, too long, acting, or not to be looked into.
    """
    if b"%%EOF" not in data[-_END_BYTES:]:
        raise FileRefused(reason=DAMAGED)
    pages = 0
    for part in _plain_parts(data):
        plain = _unescaped(part)
        if _ACTS.search(plain) or _OPENS.search(plain):
            raise FileRefused(reason=ACTS)
        pages += sum(1 for _ in _PAGE.finditer(plain))
        counts = [int(found[1]) for found in _COUNT.finditer(plain)]
        if max([pages, *counts]) > MOST_PAGES:
            raise FileRefused(reason=TOO_MANY)


def _plain_parts(data: bytes) -> Iterator[bytes]:
    """What stands outside of streams, and what object streams hold."""
    position = begun = unpacked = 0
    for _ in range(_MOST_PIECES):
        found = _PIECE.search(data, position)
        if found is None:
            yield data[begun:]
            return
        start, content = found.span()
        if found[0] == b"%":
            position = _LINE_END.search(data, content).start()  # type: ignore[union-attr]
        elif found[0] == b"(":
            position = _end_of_text(data, content)
        else:
            position = data.find(b"endstream", content)
            if position < 0:
                raise FileRefused(reason=DAMAGED)
            before = data[begun:content]
            yield before
            if _PACKED.search(_unescaped(before)):
                objects = _unpack(before, data[content:position], MOST_UNPACKED - unpacked)
                unpacked += len(objects)
                yield objects
            begun = position
        if _OBJECT_HEAD.search(data, start, position):
            raise FileRefused(reason=HIDES)
    raise FileRefused(reason=TOO_MANY)


def _end_of_text(data: bytes, start: int) -> int:
    """Behind the bracket that closes a text; brackets inside come in pairs."""
    depth = 1
    for found in _IN_TEXT.finditer(data, start):
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    raise FileRefused(reason=DAMAGED)


def _unpack(before: bytes, content: bytes, room: int) -> bytes:
    """The objects of an object stream; ``before`` ends with its dictionary."""
    dictionary = _unescaped(before)
    if not _FILTER.search(dictionary):
        return content
    if not _DEFLATED.search(dictionary) or _PREDICTED.search(dictionary):
        raise FileRefused(reason=HIDES)
    inflating = zlib.decompressobj()
    try:
        objects = inflating.decompress(content, room + 1)
    except zlib.error as error:
        raise FileRefused(reason=HIDES) from error
    if len(objects) > room:
        raise FileRefused(reason=TOO_MANY)
    return objects


def _unescaped(text: bytes) -> bytes:
    """Names as they are read: ``/JavaScr#69pt`` is ``/JavaScript``."""
    if b"#" not in text:
        return text
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)
