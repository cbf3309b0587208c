"""Expectations of the yuan of a programme (fen)."""

from tests.events.cases import Case, units

PLEDGED, SPENT, GRANT = units(3000), units(1200), units(6000)

CASES = [
    Case("PG01", {"pledged": PLEDGED}, ["PG 1221:organisation > 2401:project : 300000"]),
    Case("PG02", {"received": PLEDGED}, ["PG 1002:bank > 1221:organisation : 300000"]),
    Case(
        "PG03",
        {"spent": SPENT},
        ["PG 5106:project > 1002:bank : 120000", "PG 2401:project > 4102 : 120000"],
    ),
    Case("PG04", {"received": GRANT}, ["PG 1002:bank > 4101 : 600000"]),
    Case("PG05", {"received": GRANT}, ["PG 1002:bank > 2401:project : 600000"]),
    Case(
        "PG06",
        {"spent": SPENT},
        ["PG 5106:project > 1002:bank : 120000", "PG 2401:project > 4101 : 120000"],
    ),
    Case("PG07", {"returned": GRANT - SPENT}, ["PG 2401:project > 1002:bank : 480000"]),
    Case("PG08", {"withdrawn": PLEDGED}, ["PG 2401:project > 1221:organisation : 300000"]),
    Case("PG09", {"received": units(100)}, ["PG 1002:bank > 4102 : 10000"]),
    Case("PG10", {"received": units(100)}, ["PG 1002:bank > 2401:project : 10000"]),
    Case("PG11", {"spent": units(75)}, ["PG 5106:project > 1002:bank : 7500"]),
    Case("PG12", {"value": units(30)}, ["PG 1405 > 4103 : 3000"]),
    Case("PG13", {"cost": units(64)}, ["PG 1405 > 1002:bank : 6400"]),
    Case(
        "PG14",
        {"price": units(25), "cost": units(18)},
        ["PG 1002:bank > 4104 : 2500", "PG 5107 > 1405 : 1800"],
    ),
    Case("PG15", {"lost": units(7)}, ["PG 5103 > 1405 : 700"]),
    Case("PG16", {"found": units(2)}, ["PG 1405 > 5103 : 200"]),
    Case("PG17", {"paid": units(45)}, ["PG 2202:consignor > 1002:bank : 4500"]),
    Case("PG18", {"listed": units(50)}, ["PG 8102:consignor > 8101:consignor : 5000"]),
    Case(
        "PG19",
        {"listed": units(50), "value": units(20)},
        ["PG 8102:consignor > 8101:consignor : 5000", "PG 1405 > 4103 : 2000"],
    ),
    Case("PG20", {"paid": units(200)}, ["PG 2203:member > 1002:bank : 20000"]),
    Case("PG21", {"paid": units(60)}, ["PG 5104 > 1002:bank : 6000"]),
    Case("PG22", {"paid": units(500)}, ["PG 5102 > 1002:bank : 50000"]),
    Case("PG23", {"fee": units(5)}, ["PG 5105 > 1002:bank : 500"]),
    Case("PG24", {"interest": units(3.21)}, ["PG 1002:bank > 4109 : 321"]),
    Case("PG25", {"provided": units(90)}, ["PG 5101 > 2501 : 9000"]),
    Case("PG26", {"released": units(40)}, ["PG 2501 > 5101 : 4000"]),
    Case(
        "PG27",
        {"income": [units(6000), units(3000)]},
        ["PG 4101 > 3101 : 600000", "PG 4102 > 3101 : 300000"],
        accounts={"income": ["4101", "4102"]},
    ),
    Case(
        "PG28",
        {"expense": [units(100), units(1200)]},
        ["PG 3101 > 5101 : 10000", "PG 3101 > 5106:project : 120000"],
        accounts={"expense": ["5101", "5106"]},
    ),
    Case(
        "PG29",
        {"asset": [units(5000), units(80)], "liability": units(600)},
        [
            "PG 1002:asset_holder#1 > 3101 : 500000",
            "PG 1405 > 3101 : 8000",
            "PG 3101 > 2401:liability_holder : 60000",
        ],
        accounts={"asset": ["1002", "1405"], "liability": "2401"},
    ),
]
