"""Pin every package with the hashes of all its files, for every platform and Python we support.

Run by `make lock`. The pins must come from the public registry's own files, so whatever a machine
adds (mirrors, local directories of wheels) is left out, and no address is written down.
"""

import os
import subprocess
import sys

OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
    "--no-config",
    "--quiet",
)


def main() -> int:
    """Write requirements.txt (to run) and requirements-dev.txt (to develop, a superset)."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("UV_", "PIP_")) or name in {"UV_NATIVE_TLS", "UV_CACHE_DIR"}
    }
    compile_pins = (sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *OPTIONS)
    for extra in (
        ("--upgrade", "--output-file=requirements.txt"),
        (
            "--upgrade",
            "--group=dev",
            "--constraints=requirements.txt",
            "--output-file=requirements-dev.txt",
        ),
    ):
        subprocess.run([*compile_pins, *extra], env=ours, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
