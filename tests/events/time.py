"""Expectations of the time bank, in minutes."""

from tests.events.cases import Case, hours, units

SERVED = hours(2)
POINTS_PER_HOUR = units(10)
ORDERED, SHORTER = hours(2), hours(1.5)
ROOM_UNDER_CAP = 40
STILL_THERE = 50

CASES = [
    Case("TB01", {"held": ORDERED}, ["TB 2101:recipient > 2102:recipient : 120 until"]),
    Case(
        "TB02",
        {"served": SHORTER, "released": ORDERED - SHORTER},
        [
            "TB 2102:recipient > 2103:volunteer : 90 until",
            "TB 2102:recipient > 2101:recipient : 30 until",
        ],
    ),
    Case("TB03", {"credited": SERVED}, ["TB 5101 > 2103:member : 120 until"], dated=True),
    Case("TB04", {"released": SERVED}, ["TB 2103:member > 2101:member : 120 until"], dated=True),
    Case(
        "TB05",
        {"released": ROOM_UNDER_CAP, "overflow": SERVED - ROOM_UNDER_CAP},
        ["TB 2103:member > 2101:member : 40", "TB 2103:member > 2201 : 80"],
    ),
    Case("TB06", {"served": hours(1)}, ["TB 2201 > 2101:member : 60 until"], dated=True),
    Case("TB07", {"granted": hours(10)}, ["TB 5102 > 2101:member : 600 until"], dated=True),
    Case("TB08", {"given": hours(1)}, ["TB 2101:giver > 2101:receiver : 60 until"]),
    Case("TB09", {"donated": hours(1)}, ["TB 2101:member > 2201 : 60 until"]),
    Case("TB10", {"credited": hours(5)}, ["TB 5101 > 2104:group : 300 until"], dated=True),
    Case(
        "TB11",
        {"minutes": SERVED, "points": SERVED * POINTS_PER_HOUR // 60},
        ["TB 2101:member > 4102 : 120", "SP 5101 > 2101:member : 2000 until"],
        dated=True,
    ),
    Case("TB12", {"expired": 45}, ["TB 2101:member > 4103 : 45 until"], dated=True),
    Case(
        "TB13",
        {"redeemed": hours(1), "released": 0},
        ["TB 2102:member > 4101 : 60 until"],
    ),
    Case(
        "TB14",
        {"recovered": STILL_THERE, "receivable": SERVED - STILL_THERE},
        ["TB 2101:member > 4104 : 50 until", "TB 1201:member > 4104 : 70"],
    ),
    Case(
        "TB15a",
        {"served": hours(1)},
        ["TB 2102:recipient > 2301:other_programme : 60 until"],
    ),
    Case(
        "TB15b",
        {"served": hours(1)},
        ["TB 2301:other_programme > 2101:volunteer : 60 until"],
        dated=True,
    ),
    Case("TB16", {"moved": hours(5)}, ["TB 2101:member > 2202:member : 300 until"]),
    Case(
        "TB17",
        {"inherited": hours(5) - 100, "to_pool": 100},
        ["TB 2202:member > 2101:heir : 200 until", "TB 2202:member > 2201 : 100 until"],
    ),
    Case("TB18", {"donated": hours(5)}, ["TB 2104:group > 2201 : 300 until"]),
    Case("TB19", {"donated": hours(5)}, ["TB 2104:group > 2101:member : 300 until"]),
    Case(
        "TB20",
        {"expired": 15},
        ["TB 2104:holder > 4103 : 15 until"],
        accounts={"source": "2104"},
        dated=True,
    ),
    Case("TB21", {"moved": hours(1)}, ["TB 2101:member > 2202:member : 60 until"]),
    Case("TB22", {"restored": hours(1)}, ["TB 2202:member > 2101:member : 60 until"]),
    Case("TB23", {"returned": hours(1)}, ["TB 2103:volunteer > 2101:recipient : 60 until"]),
    Case("TB24", {"cancelled": SERVED}, ["TB 2103:member > 4104 : 120 until"], dated=True),
    Case("TB25", {"recovered": 70}, ["TB 2101:member > 1201:member : 70 until"]),
    Case("TB26", {"written_off": 70}, ["TB 4104 > 1201:member : 70"]),
    Case(
        "TB27",
        {"owed": [60, 30], "owing": [45]},
        [
            "TB 2301:owed_programme#1 > 2301:hub : 60",
            "TB 2301:owed_programme#2 > 2301:hub : 30",
            "TB 2301:hub > 2301:owing_programme : 45",
        ],
    ),
    Case("TB28", {"moved": 90}, ["TB 2101:member > 2301:other_programme : 90 until"]),
    Case(
        "TB29",
        {"moved": [60, 30]},
        [
            "TB 2301:other_programme > 2101:member : 60 until",
            "TB 2301:other_programme > 2101:member : 30 until",
        ],
        dated=True,
    ),
    Case(
        "TB30",
        {"opening": hours(100)},
        ["TB 5103 > 2101:holder : 6000 until"],
        accounts={"account": "2101"},
        dated=True,
    ),
    Case(
        "TB31",
        {"corrected": 30},
        ["TB 5104 > 2103:holder : 30 until"],
        accounts={"account": "2103"},
        dated=True,
    ),
    Case(
        "TB32",
        {"corrected": 30},
        ["TB 2201 > 4104 : 30"],
        accounts={"account": "2201"},
    ),
    Case("TB33", {"released": 60}, ["TB 2102:recipient > 2101:recipient : 60 until"]),
    Case("TB34", {"returned": [60]}, ["TB 4101 > 2101:member : 60 until"], dated=True),
]
