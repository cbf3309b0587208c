"""Every permission has words, so that the page of roles can say what each role may do."""

import pytest

from api.web.texts import LANGUAGES, catalogue
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.roles import exclusions, known_permissions, shipped_roles


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_permission_and_kind_has_words(language: str) -> None:
    known = catalogue(language)
    missing = [name for name in known_permissions() if f"permission.{name}" not in known]
    assert missing == [], "add them to [permission.<noun>] of api/texts/pages, in both languages"
    families = ("approval_kind", "approval_consequence")
    assert [
        f"{family}.{kind}"
        for kind in approval_kinds()
        for family in families
        if f"{family}.{kind}" not in known
    ] == []


def test_excluded_roles_are_roles_that_somebody_gives() -> None:
    for one, other in exclusions():
        assert one != other
        assert shipped_roles()[one].given_in
        assert shipped_roles()[other].given_in


def test_whoever_approves_a_kind_is_some_role_and_no_system() -> None:
    roles = shipped_roles()
    for kind in approval_kinds().values():
        for permission in (kind.asked_with, kind.approved_with):
            holders = {code for code, role in roles.items() if permission in role.wide}
            assert holders, permission
            assert "integration" not in holders, permission
