"""Imported statements over HTTP: listed, their lines read, files about several accounts."""

from typing import Any

import httpx
import pytest

from api.edge import Edge
from tests.api.actors import Actor
from tests.api.test_estate_story import new_account
from tests.api.world import World, client_of, new_key
from tests.reconciliation.bank_files import ACCOUNT, OPENING, ccb_csv, movement

OTHER = "6217000012345678901"


async def send(actor: Actor, data: bytes, name: str = "march.csv") -> httpx.Response:
    return await actor.client.post(
        f"{actor.base}/statement-files",
        params={"filename": name},
        content=data,
        headers=new_key() | {"content-type": "application/octet-stream"},
    )


def march(*amounts: int, **more: Any) -> bytes:
    """A file with one movement a day."""
    lines = [movement(day, amount, "王", f"第{day}笔") for day, amount in enumerate(amounts, 1)]
    return ccb_csv(lines, **more)


async def test_a_file_finds_its_account_by_the_number_in_it(trustee: Actor) -> None:
    bank = await new_account(trustee)
    answer = await send(trustee, march(100, 200, 300))
    assert answer.status_code == 201, answer.text
    (statement,) = answer.json()["statements"]
    assert (statement["bank_account_id"], answer.json()["new_lines"]) == (bank, 3)
    again = await send(trustee, march(100, 200, 300), "the same.csv")
    assert (again.json()["replayed"], again.json()["new_lines"]) == (True, 0)


async def test_a_file_about_an_unknown_account_is_refused_whole(trustee: Actor) -> None:
    await new_account(trustee)
    answer = await send(trustee, march(100, account=OTHER))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_bank_account")
    assert OTHER not in answer.text
    assert (await trustee.see("/bank-statements"))["items"] == []


async def test_a_file_that_tells_a_stored_day_otherwise_is_refused_naming_the_line(
    trustee: Actor,
) -> None:
    await new_account(trustee)
    await send(trustee, march(100, 200, 300))
    answer = await send(trustee, march(100, 201, 300))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "overlap_disagrees")
    assert (problem["kind"], problem["booked_on"]) == ("edited", "2025-03-02")
    assert problem["line"] == problem["known_line"]
    assert len((await trustee.see("/bank-statements"))["items"]) == 1


async def test_the_same_key_with_another_file_is_a_conflict(trustee: Actor) -> None:
    await new_account(trustee)
    key = new_key() | {"content-type": "text/csv"}
    path = f"{trustee.base}/statement-files"
    first = await trustee.client.post(path, content=march(100), headers=key)
    again = await trustee.client.post(path, content=march(100), headers=key)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    other = await trustee.client.post(path, content=march(200), headers=key)
    assert (other.status_code, other.json()["field"]) == (409, "sha256")


async def test_statements_and_lines_are_listed_page_by_page(
    trustee: Actor, supervisor: Actor
) -> None:
    bank = await new_account(trustee)
    amounts = [100 * number for number in range(1, 8)]
    await send(trustee, march(*amounts[:3]), "first.csv")
    await trustee.do(
        "/bank-accounts",
        {"bank": "招商银行", "account_name": "另一个", "account_no": OTHER},
    )
    await send(trustee, march(5, account=OTHER), "other.csv")
    april = [movement(31 + day, 1000, "李", f"四月{day}") for day in range(1, 4)]
    later = ccb_csv(
        april, opening=OPENING + 600, first=april[0].at.date(), last=april[-1].at.date()
    )
    await send(trustee, later, "april.csv")
    statements = await supervisor.pages("/bank-statements")
    assert [one["name"] for one in statements] == ["april.csv", "other.csv", "first.csv"]
    own = await supervisor.pages("/bank-statements", bank_account_id=bank)
    assert [one["name"] for one in own] == ["april.csv", "first.csv"]
    of_file = {"statement_file_id": own[0]["statement_file_id"]}
    assert [one["name"] for one in await supervisor.pages("/bank-statements", **of_file)] == [
        "april.csv"
    ]
    path = f"/bank-accounts/{bank}/statement-lines"
    lines = await supervisor.pages(path)
    assert [one["amount_fen"] for one in lines] == [100, 200, 300, 1000, 1000, 1000]
    assert [one["remark"] for one in lines][:3] == ["第1笔", "第2笔", "第3笔"]
    few = await supervisor.pages(path, booked_from="2025-03-02", booked_to="2025-04-01")
    assert [one["amount_fen"] for one in few] == [200, 300, 1000]


async def test_findings_come_with_the_statement(trustee: Actor) -> None:
    await new_account(trustee)
    broken = march(100, 200).decode("gb18030").replace("1000003.00", "1000009.00")
    answer = await send(trustee, broken.encode("gb18030"))
    assert answer.status_code == 201, answer.text
    (statement,) = (await trustee.see("/bank-statements"))["items"]
    codes = {finding["code"] for finding in statement["findings"]}
    assert codes & {"running_balance_breaks", "closing_balance_differs"}


async def test_people_are_masked_wherever_bank_lines_are_read(trustee: Actor) -> None:
    bank = await new_account(trustee)
    lines = [
        movement(1, 100, "王小明", "王小明物业费"),
        movement(2, 200, "东湖电梯维保公司", "返还"),
    ]
    assert (await send(trustee, ccb_csv(lines))).status_code == 201
    for path in ("statement-lines", "breaks", "adjustment-statement"):
        text = (await trustee.client.get(f"{trustee.base}/bank-accounts/{bank}/{path}")).text
        assert "王小明" not in text, path
        assert "王*" in text, path
        assert "东湖电梯维保公司" in text, path


async def test_breaks_are_paged_and_keep_the_day_of_the_first_page(
    trustee: Actor, supervisor: Actor
) -> None:
    bank = await new_account(trustee)
    await send(trustee, march(100, 200, 300, 400, 500))
    path = f"/bank-accounts/{bank}/breaks"
    found = await supervisor.pages(path, as_of="2025-03-31")
    assert [one["amount_fen"] for one in found] == [100, 200, 300, 400, 500]
    assert {one["kind"] for one in found} == {"bank_in_not_booked"}
    assert [one["age_days"] for one in found] == [30, 29, 28, 27, 26]
    first = await supervisor.see(path, as_of="2025-03-31", limit=2)
    later = await supervisor.client.get(
        f"{supervisor.base}{path}?as_of=2025-03-30&cursor={first['next_cursor']}"
    )
    assert later.json()["code"] == "invalid_parameter"


async def test_before_any_statement_there_is_nothing_to_compare(trustee: Actor) -> None:
    bank = await new_account(trustee)
    for path in ("breaks", "adjustment-statement", "adjustment-statement.xlsx"):
        answer = await trustee.client.get(f"{trustee.base}/bank-accounts/{bank}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "no_statement_yet")
    run = f"/bank-accounts/{bank}/matching-runs"
    assert await trustee.refused(run, {}) == (409, "no_statement_yet")


async def test_a_dry_run_says_what_would_match_and_stores_nothing(trustee: Actor) -> None:
    bank = await new_account(trustee)
    booked = {"occurred_at": "2025-03-01T10:00:00+08:00", "booked_on": "2025-03-01"}
    interest = booked | {"bank_account_id": bank, "event": "interest", "amount": 321}
    await trustee.do("/bank-events", interest)
    file = ccb_csv([movement(1, 321, "", "结息", summary="结息")], opening=0)
    assert (await send(trustee, file)).status_code == 201
    path = f"/bank-accounts/{bank}/matching-runs"
    dry = await trustee.do(path, {"as_of": "2025-03-31", "dry_run": True})
    assert (dry["run_id"], dry["matched"]) == (None, 1)
    assert (await trustee.see(f"/bank-accounts/{bank}/matches"))["items"] == []
    real = await trustee.do(path, {"as_of": "2025-03-31"})
    (match,) = (await trustee.see(f"/bank-accounts/{bank}/matches"))["items"]
    assert (match["run_id"], real["matched"]) == (real["run_id"], 1)
    undoing = f"/matches/{match['match_id']}/undoing"
    await trustee.do(undoing, {"reason": "看错了"})
    assert await trustee.refused(undoing, {"reason": "又一次"}) == (409, "match_released_before")
    assert await trustee.refused(undoing, {"reason": ""}) == (400, "invalid_body")


@pytest.mark.parametrize("role", ["owner", "owners_supervisor", "committee_member"])
async def test_files_are_brought_by_trustee_and_auditor_only(
    app: Edge, world: World, estate: Any, role: str
) -> None:
    object_id = world.member.member_id if role == "owner" else None
    secret = await world.key(role, estate, object_id=object_id)
    async with client_of(app, secret) as client:
        answer = await send(Actor(client, f"/v1/estates/{estate.public_id}"), march(1))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


async def test_the_number_of_an_account_is_kept_nowhere(trustee: Actor, admin_engine: Any) -> None:
    await new_account(trustee)
    await send(trustee, march(100))
    async with admin_engine.connect() as conn:
        raw = await conn.get_raw_connection()
        tables = await raw.driver_connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
            " WHERE schemaname IN ('books', 'foundation', 'programmes', 'reconciliation')"
        )
        for table in tables:
            count = await raw.driver_connection.fetchval(
                f"SELECT count(*) FROM {table['name']} t WHERE t::text LIKE '%{ACCOUNT}%'"
            )
            assert count == 0, table["name"]
