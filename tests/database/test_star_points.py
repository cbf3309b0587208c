"""Star points of a branch's month: proposed, approved, capped, published, released, deducted."""

import asyncio
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.books.accounts import AccountStatus
from ledger.books.proofs import run_proofs
from ledger.database import execute, read_transaction, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.objections import raise_objection
from ledger.foundation.party_branches import ensure_branch
from ledger.foundation.working_days import add_working_days
from ledger.identifiers import uuid7
from ledger.journeys.branches import change_branch
from ledger.journeys.proofs import register_programme_proofs
from ledger.programmes.expiry import expire_units
from ledger.programmes.star_points.caps import ClaimToScore, MonthCaps, award
from ledger.programmes.star_points.claims import decide_claim, list_claims, propose_item
from ledger.programmes.star_points.items import end_items, example_items, list_items, set_items
from ledger.programmes.star_points.refusals import (
    ApproverInvolved,
    ClaimAlreadyDecided,
    ClaimInFuture,
    EarlierMonthOpen,
    ItemNotScored,
    MonthAlreadyScored,
    MonthNotOver,
    NotInABranch,
    ResultNotPublished,
)
from ledger.programmes.star_points.release import cancel_result, release_stars
from ledger.programmes.star_points.scoring import list_star_results, score_month
from tests.community import BEGIN, create_community, moment
from tests.events.books import fund

NOVEMBER, DECEMBER = date(2025, 11, 1), date(2025, 12, 1)
SCORED_AT = moment("2025-12-02 09:00")  # a Tuesday
LAST_PUBLIC_DAY = date(2025, 12, 9)  # five working days later
EFFECTIVE_ON = date(2025, 12, 10)
OLD_YEAR_ENDS = date(2026, 1, 15)


@pytest.fixture
async def community(engine):
    """A branch of three, scored by the district's table."""
    created = await create_community(engine)
    await write_transaction(
        engine,
        lambda conn: set_items(
            conn,
            org_unit_id=created.district.org_unit_id,
            items=example_items(),
            valid_from=BEGIN,
        ),
    )
    created.branch = await created.run(ensure_branch, name="第一党支部")
    for name in ("jia", "yi", "bing"):
        await created.enrol(name, branch_id=created.branch.branch_id)
    return created


async def propose(community, name, item, times=1, **changes):
    """A clerk proposes an item of 10 November."""
    arguments = {
        "member_id": community.members[name].member_id,
        "item_code": item,
        "times": times,
        "happened_on": date(2025, 11, 10),
        "evidence": "签到表第3页",
        "caller_id": await community.clerk("proposer"),
        "at": moment("2025-11-28 09:00"),
    }
    return await community.run(propose_item, **(arguments | changes))


async def approve(community, claim, by="secretary", decision="approved"):
    """The branch secretary decides."""
    return await community.run(
        decide_claim,
        claim_id=claim.claim_id,
        decision=decision,
        caller_id=await community.clerk(by),
        at=moment("2025-11-29 09:00"),
    )


async def claims(community, *items, **changes):
    """Items proposed and approved: (member, item, times)."""
    for name, item, times in items:
        await approve(community, await propose(community, name, item, times, **changes))


async def score(community, month=NOVEMBER, at=SCORED_AT, branch=None):
    """The month scored by the secretary; lines by member."""
    lines = await community.run(
        score_month,
        branch_id=(branch or community.branch).branch_id,
        month=month,
        caller_id=await community.clerk("secretary"),
        at=at,
    )
    return {line.display_name: line for line in lines}


async def release(community, on=EFFECTIVE_ON):
    """One run of the release job."""
    return await community.run(release_stars, on=on, caller_id=1)


async def test_a_month_from_proposal_to_redeemable_points(community):
    """8.00 basic and 5.00 reward points are published, released, and live until 15 January."""
    await claims(
        community,
        ("jia", "J01", 1),
        ("jia", "J02", 1),
        ("jia", "J03", 1),
        ("jia", "J04", 1),
        ("jia", "L02", 3),
        ("jia", "L01", 1),
        ("yi", "J01", 1),
    )
    lines = await score(community)
    summed = {
        name: (line.basic, line.reward, line.deduction, line.total, line.status)
        for name, line in lines.items()
    }
    assert summed == {
        "jia": (800, 500, 0, 1300, "published"),
        "yi": (200, 0, 0, 200, "published"),
        "bing": (0, 0, 0, 0, "published"),
    }
    assert lines["jia"].publicity_until == LAST_PUBLIC_DAY
    assert lines["bing"].entry_id is None
    assert await community.balance("ST-2103", "jia") == 1300
    assert (await release(community, LAST_PUBLIC_DAY)).tried == 0
    assert (await release(community)).effective == 3
    assert (await release(community)).tried == 0
    assert await community.lots("ST-2101", "jia") == {OLD_YEAR_ENDS: 1300}
    assert await community.balance("ST-5101") == 1000


async def test_a_month_is_scored_once_and_its_list_stays(community):
    """Again, or by several at once: the same list, the same points."""
    await claims(community, ("jia", "J01", 1))
    runs = await asyncio.gather(*(score(community) for _ in range(3)))
    assert runs[0] == runs[1] == runs[2] == await score(community)
    assert await community.balance("ST-2103", "jia") == 200
    listed = await community.run(
        list_star_results, branch_id=community.branch.branch_id, month=NOVEMBER
    )
    assert {line.display_name: line for line in listed} == runs[0]


async def test_caps_of_item_kind_and_month_bind(community):
    """J01 counts once a month, rewards 20.00 a month, everything 25.00 a month."""
    await claims(
        community,
        ("jia", "J01", 3),
        ("jia", "L05", 1),
        ("jia", "L04", 4),
        ("jia", "L01", 3),
        ("jia", "J04", 1),
        ("jia", "J03", 1),
    )
    line = (await score(community))["jia"]
    assert (line.reward, line.basic) == (2000, 500)
    awarded = {
        claim.item_code: claim.awarded
        for claim in await community.run(
            list_claims, branch_id=community.branch.branch_id, month=NOVEMBER
        )
    }
    assert awarded == {"J01": 200, "L05": 1000, "L04": 900, "L01": 100, "J04": 300, "J03": 0}


async def test_the_quarters_cap_counts_earlier_months(community):
    """L02 brings 10.00 a quarter: 4.00 in October and November each, then 2.00."""
    for month in (10, 11, 12):
        day = date(2025, month, 10)
        await claims(
            community,
            ("jia", "L02", 5),
            happened_on=day,
            at=moment(f"2025-{month}-20 09:00"),
        )
    rewards = []
    for month in (10, 11, 12):
        following = (
            moment(f"2025-{month + 1}-02 09:00") if month < 12 else moment("2026-01-02 09:00")
        )
        rewards.append((await score(community, date(2025, month, 1), following))["jia"].reward)
    assert rewards == [400, 400, 200]


async def move(community, name, branch):
    """Go over to another branch, made when it is not there."""
    found = await community.run(ensure_branch, name=branch)
    await community.run(
        change_branch,
        member_id=community.members[name].member_id,
        branch_id=found.branch_id,
        caller_id=await community.clerk("社工"),
    )
    return found


async def test_a_month_that_one_branch_scored_is_scored_by_no_other(community):
    """Whoever goes over afterwards gets nothing more for it, and no second line."""
    await claims(community, ("jia", "J01", 1))
    assert (await score(community))["jia"].total == 200
    third = await move(community, "jia", "第三党支部")
    for item in ("J01", "J02", "J03"):
        with pytest.raises(MonthAlreadyScored):
            await propose(community, "jia", item)
    assert await score(community, branch=third) == {}
    assert await community.balance("ST-2103", "jia") == 200


async def test_a_month_with_items_stays_with_its_branch_when_the_member_goes_over(community):
    """What is late for it goes there too: one line, one cap, and not by which branch is first."""
    await claims(community, ("jia", "J01", 1))
    await approve(community, await propose(community, "yi", "J01"), decision="declined")
    third = await move(community, "jia", "第三党支部")
    assert await move(community, "yi", "第三党支部") == third
    await claims(community, ("jia", "J01", 1), ("jia", "J03", 1), ("yi", "J01", 1))
    assert {name: one.total for name, one in (await score(community, branch=third)).items()} == {
        "yi": 200
    }
    assert {name: one.total for name, one in (await score(community)).items()} == {
        "jia": 400,
        "bing": 0,
    }


async def test_caps_count_what_every_branch_awarded(community, admin_engine):
    """Items of one member that stand in two branches, however that came about."""
    other = await community.run(ensure_branch, name="第三党支部")
    october = {"happened_on": date(2025, 10, 10), "at": moment("2025-10-20 09:00")}
    december = {"happened_on": date(2025, 12, 8), "at": moment("2025-12-20 09:00")}
    there = {"evidence": "另册"}
    november = (("jia", "J01", 1), ("jia", "L02", 4), ("jia", "L05", 1), ("jia", "L04", 3))
    again = (("jia", "J01", 1), ("jia", "L01", 3), ("jia", "J04", 1), ("jia", "J03", 1))
    await claims(community, *november)
    await claims(community, ("jia", "L02", 4), **december)
    await claims(community, ("jia", "L02", 4), **october, **there)
    await claims(community, *again, **there)
    async with admin_engine.begin() as conn:
        statement = "UPDATE programmes.star_claim SET branch_id = $1 WHERE evidence = $2"
        await execute(conn, statement, other.branch_id, there["evidence"])
    scored = []
    for month, at, branch in (
        (NOVEMBER, SCORED_AT, None),
        (DECEMBER, moment("2026-01-02 09:00"), None),
        (date(2025, 10, 1), moment("2026-01-02 09:00"), other),
        (NOVEMBER, moment("2026-01-02 09:00"), other),
    ):
        line = (await score(community, month, at, branch))["jia"]
        scored.append((line.basic, line.reward))
    assert scored == [(200, 2000), (0, 400), (0, 200), (300, 0)]


async def test_a_deduction_above_the_balance_is_carried_and_recovered(community):
    """2.00 earned and 5.00 deducted: 3.00 are carried, and taken from the next month's points."""
    await claims(community, ("jia", "J01", 1), ("jia", "K01", 1), ("jia", "K02", 1))
    line = (await score(community))["jia"]
    assert (line.basic, line.deduction, line.total) == (200, 500, -300)
    await release(community)
    assert await community.balance("ST-2101", "jia") == 0
    assert await community.balance("ST-1201", "jia") == 300
    december = {"happened_on": date(2025, 12, 8), "at": moment("2025-12-20 09:00")}
    await claims(community, ("jia", "J03", 1), ("jia", "J04", 1), **december)
    await score(community, DECEMBER, moment("2026-01-02 09:00"))
    await release(community, date(2026, 1, 12))
    assert await community.balance("ST-1201", "jia") == 0
    assert await community.balance("ST-2101", "jia") == 200


async def test_a_deduction_within_the_balance_is_taken_whole(community):
    """10.00 there, 2.00 deducted."""
    name = community.name("ST-2101", "jia")
    await community.run(fund, name=name, amount=1000, expires_on=OLD_YEAR_ENDS)
    await claims(community, ("jia", "K01", 1))
    await score(community)
    await release(community)
    assert await community.balance("ST-2101", "jia") == 800
    assert await community.balance("ST-4101") == 200


async def test_two_months_released_in_one_run_share_one_balance(community):
    """The second deduction sees what the first one left."""
    await claims(community, ("jia", "J01", 1), ("jia", "K01", 1))
    december = {"happened_on": date(2025, 12, 8), "at": moment("2025-12-20 09:00")}
    await claims(community, ("jia", "J04", 1), ("jia", "K02", 2), **december)
    await score(community)
    await score(community, DECEMBER, moment("2026-01-02 09:00"))
    assert (await release(community, date(2026, 1, 12))).refused == {}
    assert await community.balance("ST-2101", "jia") == 0
    assert await community.balance("ST-1201", "jia") == 200 + 600 - 200 - 300


async def test_what_is_left_of_the_old_year_ends_with_the_january_window(community):
    """On 16 January November's points expire; January's, released in February, do not."""
    await claims(community, ("jia", "J01", 1))
    await score(community)
    await release(community)
    await community.run(expire_units, on=OLD_YEAR_ENDS, caller_id=1)
    assert await community.balance("ST-2101", "jia") == 200
    name = community.name("ST-2101", "jia")
    await community.run(fund, name=name, amount=700, expires_on=date(2027, 1, 15))
    await community.run(expire_units, on=date(2026, 1, 16), caller_id=1)
    assert await community.lots("ST-2101", "jia") == {date(2027, 1, 15): 700}
    assert await community.balance("ST-4103") == 200


async def test_an_objection_keeps_one_line_back(community):
    """The others take effect; once upheld, the line is cancelled."""
    await claims(community, ("jia", "J01", 1), ("yi", "J01", 1))
    lines = await score(community)
    await community.run(
        raise_objection,
        subject_id=lines["jia"].result_id,
        reason="当日未到会",
        caller_id=await community.clerk("member"),
    )
    assert (await release(community)).effective == 2
    assert await community.balance("ST-2101", "yi") == 200
    cancel = {"result_id": lines["jia"].result_id, "caller_id": 1}
    await community.run(cancel_result, **cancel)
    assert await community.balance("ST-2103", "jia") == 0
    with pytest.raises(ResultNotPublished):
        await community.run(cancel_result, **cancel)


async def test_a_frozen_member_does_not_hold_up_the_branch(community):
    """The refusal is told and made up for on a later day."""
    await claims(community, ("jia", "J01", 1), ("yi", "J01", 1))
    lines = await score(community)
    await community.set_status("ST-2101", "jia", AccountStatus.FROZEN)
    run = await release(community)
    assert (run.effective, run.refused) == (2, {lines["jia"].result_id: "account_frozen"})
    await community.set_status("ST-2101", "jia", AccountStatus.OPEN)
    assert (await release(community)).tried == 0
    assert (await release(community, date(2025, 12, 11))).effective == 1
    assert await community.balance("ST-2101", "jia") == 200


async def test_those_involved_cannot_approve(community):
    """Neither the proposer nor the member; and nobody twice."""
    claim = await propose(community, "jia", "J01")
    with pytest.raises(ApproverInvolved):
        await approve(community, claim, by="proposer")
    with pytest.raises(ApproverInvolved):
        await community.run(
            decide_claim,
            claim_id=claim.claim_id,
            decision="approved",
            caller_id=community.people["jia"].caller_id,
        )
    await approve(community, claim, decision="declined")
    with pytest.raises(ClaimAlreadyDecided):
        await approve(community, claim)
    assert (await score(community))["jia"].total == 0


async def test_nothing_comes_after_the_scoring(community):
    """Neither a proposal nor an approval reaches a month that is published."""
    late = await propose(community, "jia", "J01")
    await score(community)
    with pytest.raises(MonthAlreadyScored):
        await approve(community, late)
    with pytest.raises(MonthAlreadyScored):
        await propose(community, "jia", "J02")
    assert (await approve(community, late, decision="declined")).status == "declined"


async def test_an_approval_and_the_scoring_at_once_leave_nothing_between(community):
    """Either the item is in the list, or its approval was refused."""
    late = await propose(community, "jia", "J01")
    scored, approved = await asyncio.gather(
        score(community), approve(community, late), return_exceptions=True
    )
    was_late = isinstance(approved, MonthAlreadyScored)
    assert scored["jia"].total == (0 if was_late else 200)


async def test_months_are_scored_in_order_and_when_they_are_over(community):
    """Not before its end, not before an earlier one that is open."""
    with pytest.raises(MonthNotOver):
        await score(community, NOVEMBER, moment("2025-11-30 23:59"))
    await claims(community, ("jia", "J01", 1))
    january = moment("2026-01-02 09:00")
    with pytest.raises(EarlierMonthOpen) as refusal:
        await score(community, DECEMBER, january)
    assert refusal.value.month == "2025-11"
    await score(community)
    with pytest.raises(EarlierMonthOpen):
        await score(community, date(2026, 1, 1), moment("2026-02-02 09:00"))
    await score(community, DECEMBER, january)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"member_id": uuid7()}, NotFound),
        ({"item_code": "X01"}, ItemNotScored),
        ({"happened_on": date(2024, 12, 31)}, ItemNotScored),
        ({"happened_on": date(2025, 11, 29)}, ClaimInFuture),
        ({"evidence": " "}, InvalidInput),
        ({"times": 0}, InvalidInput),
        ({"times": 101}, InvalidInput),
    ],
)
async def test_what_cannot_be_scored_is_not_proposed(community, changes, refusal):
    """One clear refusal each."""
    arguments = {"item": changes.pop("item_code", "J01"), **changes}
    with pytest.raises(refusal):
        await propose(community, "jia", **arguments)


async def test_only_members_of_a_branch_are_scored(community):
    """And only branches of the programme."""
    await community.enrol("resident")
    with pytest.raises(NotInABranch):
        await propose(community, "resident", "J01")
    with pytest.raises(NotFound):
        await community.run(score_month, branch_id=uuid7(), month=NOVEMBER, caller_id=1)
    with pytest.raises(InvalidInput):
        await score(community, date(2025, 11, 2))


async def test_the_nearest_table_of_the_day_decides(community):
    """The community may score an item higher, or no longer, from a day on."""
    (item,) = [item for item in example_items() if item.item_code == "J01"]
    dearer = type(item)(
        item_code="J01", name=item.name, kind="basic", unit_score=250, evidence="签到表"
    )
    for function, rows, day in (
        (set_items, [dearer], date(2025, 11, 5)),
        (end_items, [dearer], date(2025, 11, 20)),
    ):
        await write_transaction(
            community.engine,
            lambda conn, function=function, rows=rows, day=day: function(
                conn, org_unit_id=community.unit.org_unit_id, items=rows, valid_from=day
            ),
        )
    scores = [
        [item.unit_score for item in await community.run(list_items, on=day, item_code="J01")]
        for day in (date(2025, 11, 4), date(2025, 11, 5), date(2025, 11, 20))
    ]
    assert scores == [[200], [250], []]


amounts = st.integers(1, 1000)
caps = st.one_of(st.none(), amounts)


@given(
    items=st.lists(
        st.tuples(st.sampled_from(["basic", "reward", "deduct"]), caps, caps, caps), min_size=1
    ),
    data=st.data(),
)
def test_caps_in_any_order_pay_the_same(items, data):
    """Whoever is approved first, a member gets the same sum, and no cap is exceeded."""
    member = uuid7()
    rows = [
        ClaimToScore(uuid7(), member, str(place), items[place][0], score, *items[place][1:])
        for place, score in data.draw(
            st.lists(st.tuples(st.integers(0, len(items) - 1), amounts), max_size=12)
        )
    ]
    month = MonthCaps(
        {"basic": data.draw(amounts), "reward": data.draw(amounts)}, data.draw(amounts)
    )
    shuffled = data.draw(st.permutations(rows))
    first, second = award(rows, month), award(shuffled, month)
    for kinds in (("basic", "reward"), ("deduct",)):
        sums = [
            sum(amount for row, amount in zip(order, paid, strict=True) if row.kind in kinds)
            for order, paid in ((rows, first), (shuffled, second))
        ]
        assert sums[0] == sums[1]
    gained = {"basic": 0, "reward": 0, "deduct": 0}
    for row, amount in zip(rows, first, strict=True):
        gained[row.kind] += amount
        assert 0 <= amount <= row.score
    assert gained["basic"] <= month.kinds["basic"]
    assert gained["reward"] <= month.kinds["reward"]
    assert gained["basic"] + gained["reward"] <= month.total


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        (date(2025, 12, 2), 5, date(2025, 12, 9)),
        (date(2025, 12, 5), 1, date(2025, 12, 8)),
        (date(2025, 9, 30), 1, date(2025, 10, 9)),  # a week off
        (date(2025, 10, 10), 1, date(2025, 10, 11)),  # a Saturday worked instead
    ],
)
def test_publicity_counts_working_days(day, number, expected):
    """Weekends and public holidays do not count; a weekend day worked instead does."""
    off = [date(2025, 10, day) for day in range(1, 9)]
    assert add_working_days(day, number, days_off=off, worked=[date(2025, 10, 11)]) == expected


@pytest.mark.no_proofs
async def test_the_proof_finds_a_changed_list(community, admin_engine):
    """A superuser's edit of a published score."""
    await claims(community, ("jia", "J01", 1))
    await score(community)
    assert await stars_proven(community)
    await write_transaction(
        admin_engine,
        lambda conn: execute(conn, "UPDATE programmes.star_result SET basic = basic + 100"),
    )
    assert not await stars_proven(community)


async def stars_proven(community):
    """Whether the lists agree with the books."""
    register_programme_proofs()
    async with read_transaction(community.engine) as conn:
        results = await run_proofs(conn, tenant_id=community.tenant_id)
    return next(result.holds for result in results if result.name == "stars_are_scored")
