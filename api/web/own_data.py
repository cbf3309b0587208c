"""``/account/data``: everything known of oneself to take away, on request, on record."""

from litestar import get, post
from litestar.response import Stream

from api.gate import Call
from api.own_archive import take_along
from api.policies import signed_in
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.security import own_session

HOME = "/account/data"


@get(HOME, opt=signed_in())
async def own_data_page(request: PageRequest, call: Call) -> Page:
    """What the file will hold."""
    own_session(call)
    return show(request, "account/data.html", None)


@post(HOME, opt=signed_in(step_up=True), status_code=200)
async def own_data_file(request: PageRequest, call: Call) -> Stream:
    """The file."""
    person, _ = own_session(call)
    return await take_along(call, person, language_of_page(request))


ROUTES = [own_data_page, own_data_file]
