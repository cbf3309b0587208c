"""What a file is by its first bytes, whatever its name says."""

SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "XLSX or ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"\x1f\x8b", "GZIP"),
    (b"7z\xbc\xaf", "7Z"),
    (b"Rar!", "RAR"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"{\\rtf", "RTF"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"OFXHEADER", "OFX"),
    (b"{1:F01", "MT940"),
    (b":20:", "MT940"),
)


def find_signature(data: bytes) -> str | None:
    """The kind that the first bytes give away; None: none of those that are known."""
    return next((kind for magic, kind in SIGNATURES if data.startswith(magic)), None)
