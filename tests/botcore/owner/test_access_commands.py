"""`botcore access …` with a bot that is up and without one, as real processes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.botcore.owner.installation import Installation, eventually

CODE = re.compile(r"`([A-Z2-9]{5}-[A-Z2-9]{5})`")


@pytest.fixture
def closed(botcore: Installation) -> Installation:
    """Return an installation on a platform whose strangers are denied."""
    botcore.configure("club", trusted=False)
    return botcore


def code_of_a_stranger(botcore: Installation) -> str:
    """Have Ana write to the bot that is up, and return the code that she is shown."""
    botcore.post("club", "m1", "hello?")
    eventually(lambda: botcore.finals("club"))
    match = CODE.search(botcore.finals("club")[0])
    assert match
    return match[1]


@contextmanager
def either(botcore: Installation, *, up: bool) -> Iterator[str]:
    """Give the code of a stranger, with the bot still up, or down by then."""
    with botcore.up():
        code = code_of_a_stranger(botcore)
        if up:
            yield code
    if not up:
        yield code
        with botcore.up():
            eventually(lambda: len(botcore.finals("club")) > 1)


@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
def test_a_stranger_is_let_in_by_a_code_and_hears_of_it(closed: Installation, *, up: bool) -> None:
    with either(closed, up=up) as code:
        done = closed.run("access", "approve", code)
        assert (done.stdout, done.stderr) == ("Ana may talk to the bot now.\n", "")
        people = json.loads(closed.run("access", "list", "--json").stdout)["people"]
        assert [(one["name"], one["role"], one["known_as"]) for one in people] == [
            ("Ana", "member", "club:ana")
        ]
        if up:
            eventually(lambda: len(closed.finals("club")) > 1)

    assert "You were let in" in closed.finals("club")[1]


def test_an_owners_code_is_shown_and_makes_an_owner(closed: Installation) -> None:
    code = closed.run("access", "owner-code").stdout.strip()

    with closed.up():
        closed.post("club", "m1", code)
        eventually(lambda: closed.finals("club"))

        assert "You are my owner now" in closed.finals("club")[0]
        closed.post("club", "m2", "hello")
        eventually(lambda: len(closed.finals("club")) == 2)
    assert code not in closed.log
