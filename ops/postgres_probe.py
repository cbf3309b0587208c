"""Ask a server on a Unix socket whether it takes connections, with the standard library only."""

import socket
import struct
from pathlib import Path

PROTOCOL_3_0 = 196608
PROBE_TIMEOUT_SECONDS = 5.0
AUTHENTICATION_REQUEST = b"R"


def accepts_connections(socket_dir: Path, *, role: str, database: str) -> bool:
    """Send a startup message; True when the server answers by asking for the password.

    A server that is still recovering answers with an error, one that is not there with nothing.
    """
    fields = f"user\0{role}\0database\0{database}\0\0".encode()
    message = struct.pack("!ii", len(fields) + 8, PROTOCOL_3_0) + fields
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(PROBE_TIMEOUT_SECONDS)
            probe.connect(str(socket_dir / ".s.PGSQL.5432"))
            probe.sendall(message)
            return probe.recv(1024)[:1] == AUTHENTICATION_REQUEST
    except OSError:
        return False
