"""How long the tests of faults go on: briefly with every run, longer by `make faults`.

FAULT_ROUNDS says how many rounds the long ones make, FAULT_SEED what they draw; both are printed.
"""

import os
from typing import Any

import pytest

GIVEN = os.environ.get("FAULT_ROUNDS", "")


def short_and_long(short: int, long: int) -> list[Any]:
    """Parameters for a number of rounds; the long one is left out of the quick run."""
    rounds = int(GIVEN or long)
    return [
        pytest.param(short, id="short"),
        pytest.param(rounds, id="long", marks=pytest.mark.slow),
    ]
