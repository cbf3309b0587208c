"""How a member asked for what the staff does in their place, and what shows it."""

from collections.abc import Sequence
from functools import partial

from api.web.act_types import Field, Scene
from api.web.forms import Form
from api.web.refused import words_of_refusal
from api.web.texts import text
from ledger.errors import InvalidInput
from ledger.foundation.free_words import told_words

#: How the member asked for it.
GROUNDS = ("telephone", "paper", "present")
LONGEST_GROUND = 120


def ground_fields(scene: Scene) -> Sequence[Field]:
    """How the member asked, and what shows it."""
    choices = [(one, scene.words(f"ground.{one}")) for one in GROUNDS]
    hint = "act_for.reason_hint"
    return (
        Field("ground", "act_for.ground", kind="select", choices=choices),
        Field(
            "reason",
            "act_for.reason",
            kind="area",
            hint=hint,
            limit=LONGEST_GROUND,
            check=partial(told_words, "reason"),
        ),
    )


def read_ground(form: Form) -> str | None:
    """The ground of a form that is no act, as it is put on record; None: noted what is wrong."""
    how = form.choice("ground", frozenset(GROUNDS))
    reason = form.text("reason", limit=LONGEST_GROUND)
    if how is None or reason is None:
        return None
    try:
        told_words("reason", reason)
    except InvalidInput as wrong:
        form.errors["reason"] = words_of_refusal(wrong, form.language)
        return None
    return f"{text(form.language, f'ground.{how}')}{text(form.language, 'form.colon')}{reason}"


def ground_of(scene: Scene) -> str:
    """The ground as it is put on record."""
    how = scene.words(f"ground.{scene.form.values['ground']}")
    return f"{how}{scene.words('form.colon')}{scene.typed('reason')}"
