"""`gongzhang import`: a list of people or organisations, seen line by line, then written once."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.imports import PROGRAMME_KINDS, problem_words
from api.web.formatting import Language
from api.web.import_sheets import MEDIA_TYPES, template, wrong_lines
from ledger.database import create_engine, read_transaction, write_transaction
from ledger.errors import InvalidInput
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.organisations import LARGEST_PAGE
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import open_secrets
from ledger.journeys.imports.columns import IMPORT_KINDS, ImportKind
from ledger.journeys.imports.confirm import cancel_import, confirm_import, write_lines
from ledger.journeys.imports.preview import SentFile, preview_file
from ledger.journeys.imports.reading import Problem
from ledger.journeys.imports.store import ImportFile, LineFilter, StoredLine, list_lines
from ledger.settings import Settings, read_settings
from ops.cli import speaks_chinese
from ops.cli.database import open_database, settings_with_secret
from ops.cli.frame import (
    CommandFailed,
    Subparsers,
    answer,
    cannot_be_read,
    check_file,
    new_parser,
    somebody_is_there,
)
from ops.cli.progress import Lines
from ops.cli.reader import say, say_lines
from ops.cli.tenants import SYSTEM, get_tenant
from ops.new_file import check_free, write_new_file

_SHOWN_PROBLEMS = 20
_OWNER_ONLY = 0o600


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "import",
        summary="Import people, org-units, merchants or partners (CSV, XLSX); previewed first.",
        example=(
            "gongzhang import people list.xlsx --programme ID --preview-only\n"
            "gongzhang import people list.xlsx --programme ID --yes --wrong to-mend.xlsx\n"
            "gongzhang import org-units units.csv\n"
            "gongzhang import people --template people.xlsx"
        ),
    )
    words = [kind.replace("_", "-") for kind in IMPORT_KINDS]
    parser.add_argument("kind", choices=words, help="what the file lists")
    parser.add_argument("file", type=Path, metavar="FILE", nargs="?")
    parser.add_argument("--programme", metavar="ID", help="see: programme list; none for org-units")
    parser.add_argument("--preview-only", action="store_true", help="look, and write nothing")
    parser.add_argument("--yes", action="store_true", help="write the ready lines without asking")
    parser.add_argument(
        "--checked", action="store_true", help="names that may repeat were looked at"
    )
    parser.add_argument(
        "--wrong", type=_read_form, metavar="PATH", help="put the wrong lines here, to be mended"
    )
    parser.add_argument(
        "--template", type=_read_form, metavar="PATH", help="write an empty table, and no more"
    )


def _read_form(text: str) -> Path:
    path = Path(text)
    if path.suffix.lstrip(".") not in MEDIA_TYPES:
        raise argparse.ArgumentTypeError(f"{text!r} must end in .xlsx or .csv")
    return path


def run(args: argparse.Namespace) -> int:
    """Preview the file, and import it when that is wanted.

    1 when lines were wrong or ready ones were not written although they should be; also when the
    file is refused as a whole.
    """
    kind: ImportKind = args.kind.replace("-", "_")
    if args.template is not None:
        write_new_file(args.template, template(kind, args.template.suffix.lstrip("."), "zh-CN"))
        answer(args, f"{args.template.resolve()} is there.", path=str(args.template.resolve()))
        return 0
    if args.file is None:
        raise CommandFailed("Name the file to import. See: gongzhang import --help")
    if (kind in PROGRAMME_KINDS) != (args.programme is not None):
        raise CommandFailed(
            "Add --programme ID; see: gongzhang programme list"
            if kind in PROGRAMME_KINDS
            else "Units belong to the platform: leave --programme out."
        )
    check_file(args.file)
    if not (args.yes or args.preview_only or somebody_is_there()):
        raise CommandFailed("Nobody is there to be asked. Add --yes, or --preview-only to look.")
    if args.wrong is not None:
        check_free(args.wrong)
    settings = settings_with_secret(read_settings())
    with open_database(settings) as database:
        return asyncio.run(_Import(args, kind, settings).work(database.service_url))


class _Import:
    """One run of the command."""

    def __init__(self, args: argparse.Namespace, kind: ImportKind, settings: Settings) -> None:
        self._args = args
        self._kind = kind
        self._keys = PersonalDataKeys(open_secrets(settings))
        self._tenant_id = PLATFORM

    async def work(self, service_url: str) -> int:
        """Preview, ask, write, tell."""
        engine = create_engine(service_url, pool_size=2)
        try:
            with Lines() as bar:
                file = await self._preview(engine, bar)
                wrong = await self._lines(engine, file, "error")
                odd = await self._lines(engine, file, "warned")
                self._tell_preview(file, wrong, odd)
                if self._args.wrong is not None:
                    await self._write_wrong(engine, file)
                if not file.ready_count:
                    file = await self._let_go(engine, file)
                elif self._is_wanted(file):
                    file = await self._import(engine, file, bar)
        finally:
            await engine.dispose()
        self._answer(file, wrong)
        is_left = bool(file.ready_count) and not self._args.preview_only
        return 1 if file.error_count or is_left else 0

    async def _let_go(self, engine: AsyncEngine, file: ImportFile) -> ImportFile:
        """Nothing in the file can be written: no preview stays to be confirmed."""
        return await write_transaction(
            engine,
            lambda conn: cancel_import(
                conn, tenant_id=self._tenant_id, import_id=file.import_id, caller_id=SYSTEM
            ),
            tenant_id=self._tenant_id,
        )

    async def _preview(self, engine: AsyncEngine, bar: Lines) -> ImportFile:
        async with read_transaction(engine) as conn:
            if self._args.programme is not None:
                tenant = await get_tenant(conn, self._args.programme)
                if tenant.form != "programme":
                    remedy = "See: gongzhang programme list"
                    raise InvalidInput(field="programme", value=self._args.programme, remedy=remedy)
                self._tenant_id = tenant.tenant_id
        try:
            source = self._args.file.open("rb")
        except OSError as error:
            raise CommandFailed(cannot_be_read(self._args.file, error)) from error
        with source:
            sent = SentFile(source, self._args.file.name, self._kind)

            async def act(conn: AsyncConnection) -> ImportFile:
                return await preview_file(
                    conn,
                    tenant_id=self._tenant_id,
                    sent=sent,
                    keys=self._keys,
                    caller_id=SYSTEM,
                    progress=lambda count: bar.show("read", count),
                )

            return await write_transaction(engine, act, tenant_id=self._tenant_id)

    async def _lines(
        self, engine: AsyncEngine, file: ImportFile, wanted: LineFilter
    ) -> list[StoredLine]:
        async with read_transaction(engine, tenant_id=self._tenant_id) as conn:
            return await list_lines(
                conn,
                tenant_id=self._tenant_id,
                file=file,
                keys=self._keys,
                limit=_SHOWN_PROBLEMS,
                wanted=wanted,
            )

    def _tell_preview(
        self, file: ImportFile, wrong: Sequence[StoredLine], odd: Sequence[StoredLine]
    ) -> None:
        """The preview for somebody who is to decide, beside the answer."""
        counts = f"{file.ready_count} ready, {file.skipped_count} skipped"
        told = [f"{file.file_name}: {counts}, {file.error_count} wrong, {file.warned_count} odd"]
        if file.unknown_columns:
            told.append(f"not read: {', '.join(file.unknown_columns)}")
        for lines, total, what in (
            (wrong, file.error_count, "wrong lines; --wrong PATH has them all"),
            (odd, file.warned_count, "odd lines"),
        ):
            told += [
                f"line {line.line}: {self._words(one, line)}"
                for line in lines
                for one in (*line.problems, *line.warnings)
            ]
            if total > len(lines):
                told.append(f"and {total - len(lines)} more {what}")
        print(say_lines("\n".join(told)), file=sys.stderr, flush=True)

    def _words(self, problem: Problem, line: StoredLine) -> str:
        """A problem as the pages tell it, in the language of the locale."""
        language: Language = "zh-CN" if speaks_chinese(os.environ) else "en"
        return problem_words(self._kind, problem, line.values, language)

    def _is_wanted(self, file: ImportFile) -> bool:
        if self._args.preview_only:
            return False
        if self._args.yes:
            return True
        asked = f"Write {file.ready_count} lines? It cannot be undone. [y/N] "
        print(say(asked), end="", flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes", "是")

    async def _import(self, engine: AsyncEngine, file: ImportFile, bar: Lines) -> ImportFile:
        async def confirm(conn: AsyncConnection) -> ImportFile:
            return await confirm_import(
                conn,
                tenant_id=self._tenant_id,
                import_id=file.import_id,
                caller_id=SYSTEM,
                checked=self._args.checked,
            )

        file = await write_transaction(engine, confirm, tenant_id=self._tenant_id)
        more, total = True, file.ready_count
        while more:
            step = await write_lines(
                engine, tenant_id=self._tenant_id, import_id=file.import_id, keys=self._keys
            )
            more = step.more
            bar.show("written", total - step.file.ready_count, total)
        return step.file

    async def _write_wrong(self, engine: AsyncEngine, file: ImportFile) -> None:
        found: list[StoredLine] = []
        async with read_transaction(engine, tenant_id=self._tenant_id) as conn:
            while lines := await list_lines(
                conn,
                tenant_id=self._tenant_id,
                file=file,
                keys=self._keys,
                limit=LARGEST_PAGE,
                wanted="error",
                after=found[-1].line if found else 0,
            ):
                found += lines
        path = self._args.wrong
        content = await wrong_lines(self._kind, path.suffix.lstrip("."), "zh-CN", found)
        write_new_file(path, content, mode=_OWNER_ONLY)
        told = (
            f"{path.resolve()} holds personal data as it was sent, readable by its owner alone. "
            "Delete it when the lines are mended."
        )
        print(say(told), file=sys.stderr, flush=True)

    def _answer(self, file: ImportFile, wrong: Sequence[StoredLine]) -> None:
        facts: dict[str, Any] = {
            "import_id": file.import_id,
            "kind": file.kind,
            "state": file.state,
            "ready": file.ready_count,
            "skipped": file.skipped_count,
            "wrong": file.error_count,
            "odd": file.warned_count,
            "done": file.done_count,
            "problems": [
                {"line": line.line, "problems": [str(one) for one in line.problems]}
                for line in wrong
            ],
        }
        if file.state == "cancelled":
            text = "Nothing was written: no line was ready. No preview is kept."
        elif file.confirmed_at is None:
            text = "Nothing was written; the preview is kept for seven days."
        else:
            text = (
                f"{file.done_count} lines written, {file.skipped_count} skipped, "
                f"{file.error_count} wrong."
            )
        answer(self._args, text, **facts)
