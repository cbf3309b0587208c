"""Rules as they are read and typed: what stands in a field reads back as the value it shows."""

import msgspec
import pytest

from api.web.policy_words import read_value, unit_words, value_words, written_value
from api.web.texts import LANGUAGES, catalogue
from ledger.foundation.policy_rules import policy_rules


@pytest.mark.parametrize("key", sorted(policy_rules()))
def test_a_value_typed_as_it_is_written_is_the_same_value(key: str) -> None:
    rule = policy_rules()[key]
    value = rule.read(rule.default)
    assert rule.read(read_value(rule, written_value(rule, value))) == value


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_words_for_its_values(language: str) -> None:
    known = catalogue(language)
    for rule in policy_rules().values():
        assert f"policy_hint.{rule.kind}" in known
        if rule.kind == "integer":
            assert f"policy_unit.{rule.unit}" in known
            assert unit_words(rule, language)
        for option in rule.options:
            assert f"policy_option.{option}" in known


def test_values_are_said_in_their_unit() -> None:
    rules = policy_rules()
    assert value_words(rules["points.rate_per_hour"], 1050, "zh-CN") == "10.5 分"
    assert value_words(rules["service.objection_days"], 3, "zh-CN") == "3 天"
    window = [{"opens": "01-01", "closes": "01-15"}]
    assert value_words(rules["star.redeem_windows"], window, "zh-CN") == "01-01 – 01-15"
    assert value_words(rules["calendar.days_off"], (), "zh-CN") == "无"


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("service.objection_days", ""),
        ("service.objection_days", "-1"),
        ("service.objection_days", "1.5"),
        ("service.objection_days", "9999999999999999999"),
        ("points.rate_per_hour", "10.555"),
        ("points.rate_per_hour", "1e3"),
        ("points.mode", "sometimes"),
        ("star.redeem_windows", "01-01"),
        ("star.redeem_windows", "01-01/13-40"),
        ("star.redeem_windows", "a/b/c"),
        ("star.redeem_windows", ""),
        ("star.redeem_windows", "01-01/02-30"),
        ("star.redeem_windows", "01-01/02-29"),
        ("star.redeem_windows", "04-31/05-15"),
        ("calendar.days_off", "2026-02-30"),
        ("service.categories", "cleaning / 保洁"),
        ("service.categories", ""),
        ("service.categories", "Cleaning / 保洁 / Cleaning"),
        ("service.categories", "a / 甲 / A; a / 乙 / B"),
    ],
)
def test_what_is_no_value_is_refused(key: str, typed: str) -> None:
    rule = policy_rules()[key]
    with pytest.raises((ValueError, msgspec.ValidationError)):
        rule.check(read_value(rule, typed))


def test_full_width_digits_are_read() -> None:
    rules = policy_rules()
    assert read_value(rules["points.rate_per_hour"], "１０．５") == 1050
    assert read_value(rules["service.objection_days"], " ５ ") == 5
