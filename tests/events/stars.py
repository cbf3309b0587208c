"""Expectations of star points (hundredths)."""

from tests.events.cases import Case, units

BASIC, REWARD = units(8), units(5)
DEDUCTION, LEFT = units(5), units(2)

CASES = [
    Case(
        "ST01",
        {"basic": BASIC, "reward": REWARD},
        ["ST 5101 > 2103:member : 800 until", "ST 5102 > 2103:member : 500 until"],
        dated=True,
    ),
    Case(
        "ST02",
        {"released": BASIC + REWARD},
        ["ST 2103:member > 2101:member : 1300 until"],
        dated=True,
    ),
    Case("ST03", {"deducted": DEDUCTION}, ["ST 2101:member > 4101 : 500 until"]),
    Case(
        "ST04",
        {"deducted": LEFT, "carried": DEDUCTION - LEFT},
        ["ST 2101:member > 4101 : 200 until", "ST 1201:member > 4101 : 300"],
    ),
    Case(
        "ST05",
        {"restored": DEDUCTION},
        ["ST 4101 > 2101:member : 500 until"],
        dated=True,
    ),
    Case(
        "ST06",
        {"stars": units(40), "cost": units(36)},
        ["ST 2102:member > 4102 : 4000 until", "PG 5104 > 1405 : 3600"],
    ),
    Case(
        "ST07",
        {"stars": units(40), "points": units(40)},
        ["ST 2101:member > 4102 : 4000", "SP 5104 > 2101:member : 4000 until"],
        dated=True,
    ),
    Case(
        "ST08",
        {"money": units(200), "reward": units(20)},
        ["PG 5104 > 2203:member : 20000", "ST 5102 > 2103:member : 2000 until"],
        dated=True,
    ),
    Case("ST09", {"expired": units(60)}, ["ST 2101:member > 4103 : 6000 until"], dated=True),
    Case("ST10", {"held": units(40)}, ["ST 2101:member > 2102:member : 4000 until"]),
    Case("ST11", {"released": units(40)}, ["ST 2102:member > 2101:member : 4000 until"]),
    Case("ST12", {"recovered": units(3)}, ["ST 2101:member > 1201:member : 300 until"]),
    Case("ST13", {"written_off": units(3)}, ["ST 4101 > 1201:member : 300"]),
    Case(
        "ST14",
        {"corrected": units(1)},
        ["ST 5103 > 2103:member : 100 until"],
        accounts={"account": "2103"},
        dated=True,
    ),
    Case("ST15", {"cancelled": units(5)}, ["ST 2103:member > 4101 : 500 until"], dated=True),
    Case("ST16", {"opening": units(35)}, ["ST 5104 > 2101:member : 3500 until"], dated=True),
    Case("ST17", {"moved": units(35)}, ["ST 2101:member > 4103 : 3500 until"]),
]
