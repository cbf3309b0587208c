"""Repeatable chance: the same seed and the same words give the same choices on every machine."""

from random import Random

SEED = "gongzhang demo 1"


def chance_for(*words: str) -> Random:
    """A stream of choices of its own: a change in one plan leaves the others as they are."""
    return Random(" / ".join((SEED, *words)))  # noqa: S311  # invents a demo, protects nothing


def one_in(chance: Random, count: int) -> bool:
    """True once in `count` times."""
    return chance.randrange(count) == 0


def percent(chance: Random, share: int) -> bool:
    """True in `share` of a hundred cases."""
    return chance.randrange(100) < share
