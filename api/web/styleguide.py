"""``/styleguide``: the design system on one page, drawn by the macros and styles of all pages."""

from datetime import timedelta

from litestar import get

from api.gate import Call
from api.policies import anyone
from api.web.charts import Series, bar_chart, line_chart
from api.web.forms import Form
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.texts import text
from api.web.todo import TodoItem
from ledger.clock import month_of, now, today
from ledger.errors import NotFound

#: Names of the custom properties in pages.css, in groups.
COLOURS = (
    *("paper", "sheet", "wash", "ink", "ink-soft", "hairline", "border"),
    *("accent", "accent-deep", "accent-wash", "cinnabar", "cinnabar-wash"),
    *("moss", "moss-wash", "ochre", "ochre-wash"),
)
SIZES = ("huge", "figure", "h1", "h2", "h3", "lead", "body", "small")
SPACES = range(1, 8)
_IN = (182_300, 164_000, 201_500, 176_200, 190_800, 223_400)
_OUT = (121_000, 188_600, 132_100, 140_000, 204_300, 151_700)


@get("/styleguide", opt=anyone())
async def styleguide_page(request: PageRequest, call: Call) -> Page:
    """Tokens, type, amounts, tables, forms with errors, states, charts, print.

    Raises:
        NotFound: the pages of documentation are switched off.
    """
    if not call.service.settings.docs:
        raise NotFound(kind="page", id="styleguide")
    language = language_of_page(request)
    form = Form({"amount": "12,5", "day": "2026-11-31", "note": ""}, language)
    form.refuse("amount", "form.points", value="12,5")
    form.refuse("day", "form.date", value="2026-11-31")
    months = [month_of(today())]
    while len(months) < len(_IN):
        months.insert(0, month_of(months[0] - timedelta(days=1)))
    flows = (Series("in", _IN), Series("out", _OUT))
    balance = [sum(_IN[: place + 1]) - sum(_OUT[: place + 1]) for place in range(len(_IN))]
    return show(
        request,
        "styleguide.html",
        None,
        colours=COLOURS,
        sizes=SIZES,
        spaces=SPACES,
        form=form,
        empty=Form({}, language),
        now=now(),
        items=[
            TodoItem(
                kind="payments_to_sign",
                href="#todo",
                count=2,
                deadline=today() - timedelta(days=2),
            ),
            TodoItem(kind="stars_score", href="#todo", facts={"month": 10}, deadline=today()),
        ],
        bars=bar_chart(text(language, "filter.flows"), months, flows, "fen", language),
        line=line_chart(
            text(language, "filter.balances"),
            months,
            (Series("balance", balance),),
            "fen",
            language,
        ),
    )


ROUTES = [styleguide_page]
