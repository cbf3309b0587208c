"""P9: from `gongzhang demo` on an empty data directory to the first page."""

from pathlib import Path

from tests.benchmarks.service import running_service


def measure_demo(data_dir: Path) -> float:
    """Seconds until the demo, with its history, is ready; packages are installed already."""
    data_dir.mkdir()
    data_dir.chmod(0o755)
    with running_service("", data_dir, "demo") as service:
        return service.cold_start_seconds
