"""Expectations of points (hundredths) and of the yuan (fen) that move with them."""

from tests.events.cases import Case, units

SPENT, PRICE = units(50), units(30)
SETTLED_POINTS, FEN_PER_POINT = 1000, 10
SETTLED, SETTLED_MONEY = units(SETTLED_POINTS), SETTLED_POINTS * FEN_PER_POINT
LISTED = units(50)
COMMISSION = LISTED * 10 // 100
LISTED_POINTS = units(500)
COMMISSION_POINTS = LISTED_POINTS * 10 // 100
QUOTA, DRAWN = units(50), units(32)

CASES = [
    Case("SP01", {"held": SPENT}, ["SP 2101:member > 2102:member : 5000 until"]),
    Case("SP02", {"captured": SPENT}, ["SP 2102:member > 2301:merchant : 5000 until"]),
    Case(
        "SP03",
        {"captured": PRICE, "released": SPENT - PRICE},
        [
            "SP 2102:member > 2301:merchant : 3000 until",
            "SP 2102:member > 2101:member : 2000 until",
        ],
    ),
    Case("SP04", {"released": SPENT}, ["SP 2102:member > 2101:member : 5000 until"]),
    Case(
        "SP05",
        {"refunded": [units(20), units(30)]},
        [
            "SP 2301:merchant > 2101:member : 2000 until",
            "SP 2301:merchant > 2101:member : 3000 until",
        ],
        dated=True,
    ),
    Case(
        "SP06",
        {"refunded": SPENT},
        ["SP 2301:merchant > 2101:member : 5000 until"],
        dated=True,
    ),
    Case(
        "SP07",
        {"points": SETTLED, "money": SETTLED_MONEY},
        ["SP 2301:merchant > 2302:merchant : 100000", "PG 5101 > 2201:merchant : 10000"],
    ),
    Case(
        "SP08",
        {"points": SETTLED, "money": SETTLED_MONEY},
        ["SP 2302:merchant > 4101 : 100000", "PG 2201:merchant > 1002:bank : 10000"],
    ),
    Case("SP09", {"withheld": units(80)}, ["SP 2301:merchant > 2303:merchant : 8000"]),
    Case("SP10", {"expired": units(15)}, ["SP 2101:member > 4103 : 1500 until"], dated=True),
    Case(
        "SP11",
        {"points": units(200), "cost": units(18)},
        ["SP 2102:member > 4102 : 20000 until", "PG 5101 > 1405 : 1800"],
    ),
    Case(
        "SP12",
        {"value": units(30), "points": units(30)},
        ["PG 1405 > 4103 : 3000", "SP 5103 > 2103:member : 3000 until"],
        dated=True,
    ),
    Case("SP13", {"listed": LISTED}, ["PG 8101:consignor > 8102:consignor : 5000"]),
    Case(
        "SP14",
        {"share": LISTED - COMMISSION, "commission": COMMISSION, "listed": LISTED},
        [
            "PG 1002:bank > 2202:consignor : 4500",
            "PG 1002:bank > 4105 : 500",
            "PG 8102:consignor > 8101:consignor : 5000",
        ],
    ),
    Case(
        "SP15",
        {
            "share": LISTED_POINTS - COMMISSION_POINTS,
            "commission": COMMISSION_POINTS,
            "listed": LISTED,
        },
        [
            "SP 2102:buyer > 2101:seller : 45000 until",
            "SP 2102:buyer > 2201 : 5000 until",
            "PG 8102:consignor > 8101:consignor : 5000",
        ],
    ),
    Case("SP16", {"granted": QUOTA}, ["PG 8201:household > 8202:household : 5000"]),
    Case(
        "SP17",
        {"quota": DRAWN, "cost": DRAWN},
        ["PG 8202:household > 8201:household : 3200", "PG 5102 > 1405 : 3200"],
    ),
    Case("SP18", {"lapsed": QUOTA - DRAWN}, ["PG 8202:household > 8201:household : 1800"]),
    Case("SP19", {"cancelled": units(80)}, ["SP 2303:merchant > 4104 : 8000"]),
    Case("SP20", {"credited": units(20)}, ["SP 5101 > 2103:member : 2000 until"], dated=True),
    Case(
        "SP21",
        {"released": units(20)},
        ["SP 2103:member > 2101:member : 2000 until"],
        dated=True,
    ),
    Case("SP22", {"awarded": units(5)}, ["SP 5102 > 2103:member : 500 until"], dated=True),
    Case(
        "SP23",
        {"recovered": units(12), "receivable": units(20) - units(12)},
        ["SP 2101:member > 4104 : 1200 until", "SP 1201:member > 4104 : 800"],
    ),
    Case("SP24", {"recovered": units(8)}, ["SP 2101:member > 1201:member : 800 until"]),
    Case("SP25", {"written_off": units(8)}, ["SP 4104 > 1201:member : 800"]),
    Case("SP26", {"cancelled": units(20)}, ["SP 2103:member > 4104 : 2000 until"], dated=True),
    Case("SP27", {"released": units(80)}, ["SP 2303:merchant > 2301:merchant : 8000"]),
    Case("SP28", {"shared": units(10)}, ["SP 2101:member > 2105:household : 1000 until"]),
    Case("SP29", {"taken": units(10)}, ["SP 2105:household > 2101:member : 1000 until"]),
    Case("SP30", {"credited": units(40)}, ["SP 5101 > 2106:partner : 4000 until"], dated=True),
    Case("SP31", {"donated": units(40)}, ["SP 2106:partner > 2201 : 4000 until"]),
    Case("SP32", {"captured": units(25)}, ["SP 2106:partner > 2301:merchant : 2500 until"]),
    Case(
        "SP33",
        {"expired": units(3)},
        ["SP 2105:holder > 4103 : 300 until"],
        accounts={"source": "2105"},
        dated=True,
    ),
    Case("SP34", {"donated": units(6)}, ["SP 2101:member > 2201 : 600 until"]),
    Case("SP35", {"granted": units(6)}, ["SP 2201 > 2101:member : 600 until"], dated=True),
    Case("SP36", {"moved": units(7)}, ["SP 2101:member > 2202:member : 700 until"]),
    Case(
        "SP37",
        {"inherited": units(4), "to_pool": units(3)},
        ["SP 2202:member > 2101:heir : 400 until", "SP 2202:member > 2201 : 300 until"],
    ),
    Case(
        "SP38a",
        {"captured": PRICE, "released": SPENT - PRICE},
        [
            "SP 2102:member > 2401:other_programme : 3000 until",
            "SP 2102:member > 2101:member : 2000 until",
        ],
    ),
    Case("SP38b", {"captured": PRICE}, ["SP 2401:other_programme > 2301:merchant : 3000"]),
    Case(
        "SP39",
        {"owed": PRICE, "owing": [units(10), units(5)]},
        [
            "SP 2401:owed_programme > 2401:hub : 3000",
            "SP 2401:hub > 2401:owing_programme#1 : 1000",
            "SP 2401:hub > 2401:owing_programme#2 : 500",
        ],
    ),
    Case(
        "SP40a",
        {"points": units(30), "money": 30 * FEN_PER_POINT},
        ["SP 2401:hub > 4101 : 3000", "PG 5101 > 1002:bank : 300"],
    ),
    Case(
        "SP40b",
        {"points": units(30), "money": 30 * FEN_PER_POINT},
        ["SP 4101 > 2401:hub : 3000", "PG 1002:bank > 5101 : 300"],
    ),
    Case("SP41", {"moved": units(9)}, ["SP 2101:member > 2401:other_programme : 900 until"]),
    Case(
        "SP42",
        {"moved": units(9)},
        ["SP 2401:other_programme > 2101:member : 900 until"],
        dated=True,
    ),
    Case(
        "SP43",
        {"opening": units(11)},
        ["SP 5105 > 2106:holder : 1100 until"],
        accounts={"account": "2106"},
        dated=True,
    ),
    Case(
        "SP44",
        {"corrected": units(2)},
        ["SP 5106 > 2301:holder : 200"],
        accounts={"account": "2301"},
        dated=True,
    ),
    Case(
        "SP45",
        {"corrected": units(2)},
        ["SP 2101:holder > 4104 : 200 until"],
        accounts={"account": "2101"},
    ),
    Case(
        "SP46",
        {"points": units(200), "cost": units(18)},
        ["SP 4102 > 2101:member : 20000 until", "PG 1405 > 5101 : 1800"],
        dated=True,
    ),
]
