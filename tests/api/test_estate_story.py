"""An estate trust over HTTP: fees, receipts, expenses, two signatures, bank file, 余额调节表."""

import httpx
import pytest

from api.v1.bank_reports import XLSX
from tests.api.actors import Actor
from tests.api.world import new_key
from tests.reconciliation.bank_files import ACCOUNT, FIRST, ccb_csv, movement

WHEN = "2025-03-05T10:00:00+08:00"


async def new_account(trustee: Actor) -> str:
    made = await trustee.do(
        "/bank-accounts",
        {
            "bank": "建设银行",
            "account_name": "春晖苑业主共管账户",
            "account_no": ACCOUNT,
            "reconciled_from": FIRST.isoformat(),
        },
    )
    assert made["account_no_last4"] == ACCOUNT[-4:]
    return str(made["bank_account_id"])


async def send_file(
    actor: Actor, account_id: str, data: bytes, content_type: str = "text/csv"
) -> httpx.Response:
    return await actor.client.post(
        f"{actor.base}/bank-accounts/{account_id}/statement-files?filename=march.csv",
        content=data,
        headers=new_key() | {"content-type": content_type},
    )


async def test_the_year_of_a_trust_adds_up_to_the_fen(trustee: Actor, committee: Actor) -> None:
    bank = await new_account(trustee)
    unit = await trustee.do(
        "/units",
        {"building": "3", "room": "501", "area_dm2": 8950, "billed_from": "2025-01-01"},
    )
    await trustee.do(
        "/fee-rates", {"valid_from": "2025-01-01", "fen_per_m2": 180, "document_no": "业委会1号"}
    )
    booked = {"occurred_at": WHEN, "booked_on": "2025-03-05"}
    bill = await trustee.do("/fee-bills", booked | {"month": "2025-03-01"})
    assert (bill["units"], bill["amount_fen"]) == (1, 16110)
    money = booked | {"bank_account_id": bank}
    await trustee.do("/receipts", money | {"unit_id": unit["unit_id"], "amount": 20000})
    (listed,) = (await trustee.see("/units"))["items"]
    assert (listed["receivable_fen"], listed["prepaid_fen"]) == (0, 3890)
    supplier = await trustee.do("/counterparties", {"kind": "supplier", "name": "洁净保洁"})
    expense = {
        "supplier_id": supplier["counterparty_id"],
        "expense_account": "5103",
        "amount": 5000,
    }
    await trustee.do("/expenses", booked | expense)
    payment = await trustee.do(
        "/payments",
        {
            "event": "TR12",
            "amount": 5000,
            "bank_account_id": bank,
            "purpose": "三月保洁",
            "payee_id": supplier["counterparty_id"],
        },
    )
    path = f"/payments/{payment['payment_id']}"
    own = await trustee.client.post(
        f"{trustee.base}{path}/decision",
        json={"decision": "approved", "occurred_at": WHEN},
        headers=new_key(),
    )
    assert own.json()["code"] == "permission_missing"
    decision = booked | {"decision": "approved"}
    assert (await committee.do(f"{path}/decision", decision, status=200))["status"] == "approved"
    await trustee.do("/bank-events", money | {"event": "interest", "amount": 321})
    await trustee.do("/bank-events", money | {"event": "bank_fee", "amount": 50})
    balance = await committee.see("/books/TR/trial-balance")
    assert balance["debits"] == balance["credits"] > 0
    file = ccb_csv(
        [
            movement(5, 20000, "业主张", "3-501物业费"),
            movement(6, -5000, "洁净保洁", "三月保洁"),
            movement(21, 321, "", "结息"),
        ],
        opening=0,
    )
    imported = await send_file(trustee, bank, file)
    assert imported.status_code == 201, imported.text
    assert imported.json()["new_lines"] == 3
    again = await send_file(trustee, bank, file)
    assert (again.json()["new_lines"], again.json()["replayed"]) == (0, True)
    run = await trustee.do(f"/bank-accounts/{bank}/matching-runs", {"as_of": "2025-03-31"})
    assert run["matched"] >= 1
    matches = (await committee.see(f"/bank-accounts/{bank}/matches"))["items"]
    assert len(matches) == run["matched"]
    breaks = (await committee.see(f"/bank-accounts/{bank}/breaks", as_of="2025-03-31"))["items"]
    assert -50 in [one["amount_fen"] for one in breaks]  # the fee that the bank has not taken yet
    sheet = await committee.see(f"/bank-accounts/{bank}/adjustment-statement", as_of="2025-03-31")
    assert sheet["difference_fen"] == 0
    assert sheet["adjusted_book_fen"] == sheet["adjusted_bank_fen"]
    assert (sheet["book_balance_fen"], sheet["bank_balance_fen"]) == (15271, 15321)
    book = await committee.client.get(
        f"{committee.base}/bank-accounts/{bank}/adjustment-statement.xlsx?as_of=2025-03-31"
    )
    assert book.status_code == 200
    assert book.headers["content-type"] == XLSX
    assert book.headers["content-disposition"].startswith("attachment")
    assert book.content[:2] == b"PK"
    undone = await trustee.do(f"/matches/{matches[0]['match_id']}/undoing", {"reason": "看错了"})
    assert undone == {"match_id": matches[0]["match_id"]}


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"", "text/csv", 422, "file_is_empty"),
        (b"\x00\x01\x02binary", "application/octet-stream", 422, None),
        (b"PK\x03\x04zip", "application/octet-stream", 422, None),
        ("一,二,三\r\n".encode("utf-16"), "text/csv", 422, None),
        (b'<?xml version="1.0"?><!DOCTYPE x []><x/>', "application/xml", 422, "xml_forbidden"),
        (b"<Document><BkToCstmrStmt>", "text/xml", 422, None),
        (ccb_csv([movement(5, 1)])[:-200], "text/csv", 422, None),
        (b"a,b\r\n1,2\r\n", "application/json", 415, "media_type_unsupported"),
        (b"a,b\r\n1,2\r\n", "text/plain", 415, "media_type_unsupported"),
    ],
)
async def test_bad_files_are_refused_whole_with_their_place(
    trustee: Actor, data: bytes, content_type: str, status: int, code: str | None
) -> None:
    bank = await new_account(trustee)
    answer = await send_file(trustee, bank, data, content_type)
    assert answer.status_code == status, answer.text
    if code is not None:
        assert answer.json()["code"] == code
    assert answer.json()["detail"]


async def test_a_file_above_the_limit_is_refused_before_it_is_read(trustee: Actor) -> None:
    bank = await new_account(trustee)
    answer = await trustee.client.post(
        f"{trustee.base}/bank-accounts/{bank}/statement-files",
        content=b"x",
        headers=new_key() | {"content-type": "text/csv", "content-length": str(60 * 1024**2)},
    )
    assert (answer.json()["code"], answer.json()["limit"]) == ("body_too_large", 50 * 1024**2)


async def test_a_file_of_another_account_is_refused(trustee: Actor) -> None:
    bank = await new_account(trustee)
    answer = await send_file(trustee, bank, ccb_csv([movement(5, 1)], account="6" * 19))
    assert (answer.status_code, answer.json()["code"]) == (422, "other_bank_account")
    assert "6" * 19 not in answer.text
