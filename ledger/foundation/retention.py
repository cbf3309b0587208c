"""How long data of people are kept that no person can erase: rules of the place, as dates."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.policies import policy_value

_MONTHS_A_YEAR = 12


async def counterparties_kept_from(conn: AsyncConnection, *, tenant_id: int, on: date) -> date:
    """First day whose bank lines still say who paid; a whole month goes at once."""
    rule = await policy_value(conn, key="privacy.counterparty_months", on=on, tenant_id=tenant_id)
    months = on.year * _MONTHS_A_YEAR + on.month - 1 - int(rule.value)
    year, month = divmod(months, _MONTHS_A_YEAR)
    return date(year, month + 1, 1)
