"""A volunteer number is read the same wherever it is typed: Ｖ１８… from a Chinese keyboard too."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.database import write_transaction
from ledger.foundation.people import get_person_by_volunteer_no
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.test_sign_in_care import administrator
from tests.web.visitors import look_for, send

#: Full-width letters and digits, as an input method writes them.
_WIDE = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})


def ways_to_type(number: str) -> list[str]:
    spaced = f" {number[:5]} {number[5:]} "
    return [number.translate(_WIDE), number.lower(), spaced, f"{number[:1]}-{number[1:]}"]


@pytest.mark.parametrize("way", range(4))
async def test_a_number_is_read_however_it_is_typed(app: Edge, world: World, way: int) -> None:
    number = world.member.volunteer_no
    typed = ways_to_type(number)[way]
    programme = f"/programmes/{world.programme.public_id}/staff"
    async with administrator(app, world, "root") as admin:
        found = await send(admin, "/admin/sign-ins", "/admin/sign-ins", who=typed)
        assert found.headers.get("location") == f"/admin/sign-ins/{world.person.public_id}"
        for place in ("/admin", programme):
            page = await admin.get(f"{place}/grants/new", params={"volunteer_no": typed})
            assert page.status_code == 200, (place, page.text)
            assert f'value="{number}"' in page.text, place
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        for at, to in (("people", "people/found"), ("act-for", "act-for")):
            listed = await send(staff, f"{programme}/{at}", f"{programme}/{to}", q=typed)
            assert number in listed.text, at
        assert number in await look_for(staff, typed, world.programme.public_id)


async def test_the_command_line_reads_it_as_well(world: World) -> None:
    for typed in ways_to_type(world.member.volunteer_no):

        async def look(conn: AsyncConnection, typed: str = typed) -> None:
            person = await get_person_by_volunteer_no(conn, volunteer_no=typed)
            assert person == world.person

        await write_transaction(world.engine, look)
