"""Dashboard, alerts and runbook speak of figures that there are, and of each other."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import yaml
from prometheus_client.parser import text_string_to_metric_families

from api.metrics_of_backups import BackupFigures, read_backup_figures
from api.metrics_of_database import PROOFS, DatabaseFigures, JobFigures
from api.metrics_text import metrics_text
from ledger.clock import now
from ledger.measures import Measures
from ops.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "ops/deploy/dashboards/gongzhang.json").read_text("utf-8"))
ALERTS = yaml.safe_load((ROOT / "ops/deploy/alerts.yml").read_text("utf-8"))
RUNBOOK = (ROOT / "docs/runbook-alerts.md").read_text("utf-8")
NAME = re.compile(r"gongzhang_\w+")
LABELS = re.compile(r"by \(([^)]*)\)|\{([^}]*)\}")
#: What Prometheus itself adds.
ADDED = {"le", "job", "instance"}


def exported() -> dict[str, set[str]]:
    """Every sample's name with the labels it has."""
    measures = Measures(gauges={"processes": 1})
    measures.count_request("GET / 2xx", 1)
    measures.count_refusal("not_found")
    measures.count_batch(1, 1, 1)
    job = JobFigures(PROOFS, 1, 1, 1, 1, 1, 1, 1, 1)
    database = DatabaseFigures((job,), 1, 1, 1, 1, 1, 1, 1, 1, 1)
    backups = BackupFigures(1, 1, drill_holds=True, drill_age_seconds=1)
    text = metrics_text(measures, database, backups, ROOT).decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def rules() -> Iterator[dict]:
    for group in ALERTS["groups"]:
        yield from group["rules"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_every_figure_and_label_in_use_is_exported() -> None:
    found = exported()
    for expression in expressions():
        names = NAME.findall(expression)
        assert names or "up{" in expression, expression
        assert set(names) <= set(found), expression
        known = ADDED | {label for name in names for label in found[name]}
        for grouped, matched in LABELS.findall(expression):
            asked = grouped.split(",") if grouped else re.findall(r"(\w+)\s*[=!]", matched)
            assert {label.strip() for label in asked} <= known, expression


def test_every_figure_is_shown_or_watched() -> None:
    used = set(NAME.findall(" ".join(expressions())))
    stems = {re.sub(r"_(bucket|count|sum|total|created)$", "", name) for name in used}
    unused = {
        name
        for name in exported()
        if re.sub(r"_(bucket|count|sum|total|created)$", "", name) not in stems
    }
    assert unused == set()


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    sections = set(re.findall(r"^## (alert-[a-z-]+)$", RUNBOOK, re.MULTILINE))
    named = set()
    for rule in rules():
        kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", rule["alert"]).lower()
        assert rule["annotations"]["runbook"] == f"docs/runbook-alerts.md#alert-{kebab}"
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        named.add(f"alert-{kebab}")
    assert named == sections


def test_backups_and_drills_are_told_by_what_lies_in_their_directory(tmp_path: Path) -> None:
    assert read_backup_figures("") is None
    for directory in (tmp_path, tmp_path / "none", Path(__file__)):
        assert read_backup_figures(str(directory)) == BackupFigures(0, None, None, None)
    taken, tried = now() - timedelta(hours=30), now() - timedelta(days=9)
    for at, suffix in ((taken - timedelta(days=1), "backup"), (taken, "backup"), (now(), "base")):
        (tmp_path / f"gongzhang-{at:%Y%m%dT%H%M%SZ}.{suffix}").touch()
    lines = [{"at": tried, "holds": True, "rows": 7}, {"at": now(), "holds": False}]
    record = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    (tmp_path / "drills.jsonl").write_bytes(record + b'{"at": "2026-')
    found = read_backup_figures(str(tmp_path))
    assert found is not None
    assert (found.backups, found.drill_holds) == (2, False)
    assert found.age_seconds is not None
    assert found.drill_age_seconds is not None
    assert found.age_seconds // 3600 == 30
    assert found.drill_age_seconds // 86400 == 9


def test_every_panel_has_a_place_and_a_question() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)
    assert all(panel["title"] and panel["targets"] for panel in panels)


def test_what_the_runbook_says_to_type_are_commands() -> None:
    typed = re.findall(r"^gongzhang ([a-z-]+)", RUNBOOK, re.MULTILINE)
    assert len(typed) > 8
    assert set(typed) <= set(COMMANDS)
