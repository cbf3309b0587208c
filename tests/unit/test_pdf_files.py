"""A PDF that is kept is paper: nothing in it runs, opens, carries or hides, however packed."""

import random
import zlib

import pytest
import typst

from ledger.foundation.file_refusal import FileRefused
from ledger.foundation.pdf_files import MOST_PAGES, MOST_UNPACKED, check_pdf

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"


def pdf(*objects: bytes, catalog: bytes = b"") -> bytes:
    """A file of a catalog and these objects."""
    bodies = [b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>", *objects]
    numbered = (b"%d 0 obj\n%s\nendobj\n" % (n, body) for n, body in enumerate(bodies, 1))
    return (
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"".join(numbered) + b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<" + entries + b"/Length %d>>stream\n" % len(content) + content + b"\nendstream"


def packed(objects: bytes, entries: bytes = b"/Type/ObjStm/N 1/First 4") -> bytes:
    """An object stream."""
    return stream(zlib.compress(b"7 0 " + objects), entries + b"/Filter/FlateDecode")


def refused_for(data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        check_pdf(data)
    return str(caught.value.attributes()["reason"])


@pytest.mark.parametrize(
    "data",
    [
        pdf(SCRIPT),
        pdf(b"<</S/Java#53cript/#4aS(x)>>"),
        pdf(catalog=b"/OpenAction 5 0 R"),
        pdf(catalog=b"/OpenAction<</S/URI/URI(https://example.com)>>"),
        pdf(b"<</AA<</O 5 0 R>>>>"),
        pdf(b"<</S/Launch/F(cmd.exe)>>"),
        pdf(b"<</Names<</EmbeddedFiles 5 0 R>>>>"),
        pdf(b"<</Type/Filespec/EF<</F 5 0 R>>>>"),
        pdf(b"<</S/SubmitForm/F(https://example.com)>>"),
        pdf(b"<</AcroForm<</XFA 5 0 R>>>>"),
        pdf(b"<</Subtype/RichMedia>>"),
        pdf() + b"trailer<</Encrypt 3 0 R>>\n%%EOF",
        pdf(packed(SCRIPT)),
        pdf(packed(b"<</S/Java#53cript>>")),
        # without its type an object stream is one all the same
        pdf(packed(SCRIPT, b"/N 1/First 4")),
        pdf(stream(b"7 0 " + SCRIPT, b"/Type/ObjStm/N 1/First 4")),
    ],
    ids=range(16),
)
def test_what_runs_opens_or_carries_is_refused(data: bytes) -> None:
    assert refused_for(data) == "the PDF runs, opens or carries something, or is encrypted"


@pytest.mark.parametrize(
    "data",
    [
        pdf(stream(b"ASCII85~>", b"/Type/ObjStm/N 1/First 4/Filter/ASCII85Decode")),
        pdf(stream(b"x", b"/Type/ObjStm/N 1/First 4/Filter[/ASCIIHexDecode/FlateDecode]")),
        pdf(stream(b"x", b"/Type/ObjStm/N 1/First 4/Filter 9 0 R")),
        pdf(packed(b"", b"/Type/ObjStm/N 1/First 4/DecodeParms<</Predictor 12>>")),
        pdf(stream(b"no deflate", b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode")),
        # a reader finds objects by their heads, wherever these stand
        pdf(stream(b"5 0 obj" + SCRIPT + b"endobj")),
        pdf(b"<</X(5 0 obj <</S/GoTo>>)>>"),
        pdf(b"<<>>") + b"% 5 0 obj << /A (\n>>stream\n) /S /Java endstream\n%%EOF",
    ],
    ids=range(8),
)
def test_what_cannot_be_looked_into_is_refused(data: bytes) -> None:
    assert refused_for(data) == "the PDF is packed in a way that cannot be looked into"


@pytest.mark.parametrize(
    "data",
    [
        pdf(b"<</Type/Pages/Count %d>>" % (MOST_PAGES + 1)),
        pdf(b"<</Type/Pages/Count " + b"9" * 19 + b">>"),
        pdf(*[b"<</Type/Page>>"] * (MOST_PAGES + 1)),
        pdf(packed(b"<</Type /Page>>" * (MOST_PAGES + 1))),
        pdf(packed(bytes(MOST_UNPACKED))),
        pdf(b"[" + b"()" * 200_001 + b"]"),
    ],
    ids=range(6),
)
def test_what_has_no_end_is_refused(data: bytes) -> None:
    assert refused_for(data) == "the PDF has too many pages or parts"


@pytest.mark.parametrize(
    "data",
    [
        pdf()[:-10],
        pdf(b"<</X(never closed>>"),
        pdf(b"<</Length 9>>stream\nnever ended"),
    ],
)
def test_what_is_cut_off_is_refused(data: bytes) -> None:
    assert refused_for(data) == "it is damaged or cut off"


def test_scans_of_any_size_pass_whatever_their_bytes_spell() -> None:
    """In ten mebibytes of a picture the two letters of a script stand by chance."""
    noise = random.Random(7).randbytes(9 * 1024 * 1024) + b" /JS /AA /Launch "
    check_pdf(pdf(stream(noise, b"/Subtype/Image/Filter/DCTDecode")))


def test_ordinary_papers_pass() -> None:
    check_pdf(typst.compile(b'#set page(numbering: "1")\n= \xe5\x8f\x91\xe7\xa5\xa8\n#lorem(900)'))
    # an office program opens at the first page; outlines name their first child by reference
    outlines = b"<</First 5 0 R/Count 3>>"
    text = b"<</Title(Receipt \\(copy\\) (no. 7) 100%)>>"
    picture = stream(b"\xff\xd8\xff", b"/N 3/Filter/DCTDecode")
    catalog = b"/OpenAction[3 0 R/XYZ null null 0]"
    check_pdf(pdf(b"<</Type/Pages/Count 1>>", outlines, text, picture, catalog=catalog))
    check_pdf(pdf(packed(b"<</Type/Page>>")))
