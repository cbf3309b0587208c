"""Say how long the tests of faults will go on."""

from tests.faults.rounds import GIVEN


def pytest_report_header() -> str:
    """Beside the seed, which the tests' own header prints."""
    return f"rounds of the long tests of faults: {GIVEN or 'as each says'} (FAULT_ROUNDS=N)"
