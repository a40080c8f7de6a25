from __future__ import annotations

from botcore import Message
from botcore_summarize.combining import with_all_actions
from botcore_summarize.summary import Bullet, Draft, Section
from botcore_summarize.talk import Line

ASKED = Line(1, Message("m1", "Ana", "I'll write the release notes, and Bo orders new chairs"))
NOTES = Bullet("write the release notes", (ASKED,), owner="Ana")
CHAIRS = Bullet("order new chairs", (ASKED,), owner="Bo")


def actions(*bullets: Bullet) -> Draft:
    return Draft({section: bullets if section is Section.ACTIONS else () for section in Section})


def test_of_two_action_items_in_one_message_the_one_that_got_lost_is_put_back() -> None:
    combined = with_all_actions(actions(NOTES), [actions(NOTES, CHAIRS)])

    assert combined.sections[Section.ACTIONS] == (NOTES, CHAIRS)


def test_an_action_item_in_slightly_other_words_is_not_put_back() -> None:
    said_otherwise = Bullet("writing release notes", (ASKED,), owner="Ana")

    combined = with_all_actions(actions(said_otherwise), [actions(NOTES)])

    assert combined.sections[Section.ACTIONS] == (said_otherwise,)
