"""Exit 0 when the service of this container answers that it is ready."""

import http.client
import os
import sys

_TIMEOUT_SECONDS = 4


def main() -> int:
    """Ask /health/ready on the port that the settings name."""
    port = int(os.environ.get("GONGZHANG_PORT", "8000"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return int(connection.getresponse().status != http.HTTPStatus.OK)
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
