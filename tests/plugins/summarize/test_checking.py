from __future__ import annotations

import pytest

from botcore_summarize.actions import Action, split_action
from botcore_summarize.checking import check
from botcore_summarize.contract import read_answer
from botcore_summarize.summary import Draft, Dropped, Section
from botcore_summarize.support import Source, is_supported
from botcore_summarize.talk import Line
from tests.plugins.summarize.writers import GOOD, RELEASE, said

NAMES = {"Ana", "Bo", "Cy", "Will"}


def sources(*texts: str) -> list[Source]:
    messages = said(*texts) if texts else RELEASE
    return [
        Source(message.text, message.author, (Line(number, message),))
        for number, message in enumerate(messages, 1)
    ]


def checked(text: str) -> Draft:
    return check(read_answer(text, len(RELEASE)), sources(), NAMES)


def test_numbers_become_the_messages_they_stand_for() -> None:
    draft = checked(GOOD)

    (action,) = draft.sections[Section.ACTIONS]
    assert [line.message.id for line in action.lines] == ["m3"]
    assert (action.owner, action.text, action.date) == ("Bo", "update the changelog", "Thursday")
    assert draft.dropped == Dropped()


def test_what_is_said_twice_is_shown_once_with_all_it_rests_on() -> None:
    item = "- Bo: update the changelog (Thursday) [3]"
    draft = checked(GOOD.replace(item, f"{item}\n{item.replace('[3]', '[2] [3]')}"))

    (action,) = draft.sections[Section.ACTIONS]
    assert [line.number for line in action.lines] == [2, 3]


def test_a_task_without_owner_and_date_repeats_the_one_with_them() -> None:
    item = "- Bo: update the changelog (Thursday) [3]"
    draft = checked(GOOD.replace(item, f"- update the changelog [3]\n{item}"))

    assert [bullet.sentence for bullet in draft.sections[Section.ACTIONS]] == [
        "Bo: update the changelog (Thursday)"
    ]


def test_an_owner_whom_no_cited_message_is_from_or_names_is_not_shown() -> None:
    draft = checked(GOOD.replace("Bo: update", "Cy: update"))

    (action,) = draft.sections[Section.ACTIONS]
    assert action.sentence == "update the changelog (Thursday)"
    assert draft.dropped.owners == 1


def test_of_several_owners_only_those_who_are_named_are_shown() -> None:
    draft = checked(GOOD.replace("Bo: update", "Bo and Zoe: update"))

    (action,) = draft.sections[Section.ACTIONS]
    assert action.owner == "Bo"
    assert draft.dropped.owners == 1


@pytest.mark.parametrize(
    ("message", "owner"),
    [
        ("Bo Li: I'll update the changelog", "Bo Li"),
        ("Cy: Bo, can you update the changelog?", "Bo Li"),
        ("Bo Kim: I'll update the changelog", ""),
    ],
)
def test_a_namesake_of_the_author_is_no_owner(message: str, owner: str) -> None:
    answer = read_answer("Action items\n- Bo Li: update the changelog [1]", last=1)

    draft = check(answer, sources(message), {"Bo Li", "Bo Kim", "Cy"})

    assert [action.owner for action in draft.sections[Section.ACTIONS]] == [owner]


def test_a_date_that_no_cited_message_names_is_not_shown() -> None:
    draft = checked(GOOD.replace("(Thursday)", "(5 March)"))

    (action,) = draft.sections[Section.ACTIONS]
    assert action.sentence == "Bo: update the changelog"
    assert draft.dropped.dates == 1


def test_a_task_that_the_cited_message_does_not_speak_of_is_dropped() -> None:
    draft = checked(GOOD.replace("update the changelog", "book a flight to Lisbon"))

    assert draft.sections[Section.ACTIONS] == ()
    assert draft.dropped.unsupported == 1


@pytest.mark.parametrize(
    "text",
    [
        "Ana wants to move the release to Friday.",
        "The release is moved.",
        "Release moves Friday; Cy disagrees.",
        "MOVING RELEASES",
    ],
)
def test_what_the_message_speaks_of_is_supported(text: str) -> None:
    assert is_supported(text, sources("Ana: let's move the release to Friday", "Cy: no")[:2], NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "Bo wants to move the release to Friday.",  # it was Ana
        "The office gets a new coffee machine.",
        "Ana asks for coffee.",
        "Kim wants to move the release to Friday.",  # there is no Kim
        "Ana plans holidays with family next summer, then the release somewhere abroad.",
    ],
)
def test_what_the_message_does_not_speak_of_is_not(text: str) -> None:
    assert not is_supported(text, sources("Ana: let's move the release to Friday"), NAMES)


def test_a_name_that_is_also_a_word_counts_only_as_it_is_written() -> None:
    assert is_supported("The release will move.", sources("Ana: move the release"), NAMES)
    assert not is_supported("Will moves the release.", sources("Ana: move the release"), NAMES)


def test_other_scripts_are_compared_too() -> None:
    assert is_supported("リリースは金曜日に延期", sources("Ana: リリースを金曜日に変えましょう"), NAMES)
    assert is_supported("Релиз переносится", sources("Ana: переносим релиз на пятницу"), NAMES)
    assert not is_supported("会議は中止", sources("Ana: リリース"), NAMES)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Bo: update the docs (Friday)", Action("update the docs", "Bo", "Friday")),
        ("**Bo Li**: update the docs", Action("update the docs", "Bo Li")),
        ("@bo: update the docs (by 3 May).", Action("update the docs", "bo", "by 3 May")),
        ("rodrigo_: update the docs", Action("update the docs", "rodrigo_")),
        ("Update the docs", Action("Update the docs")),
        ("Unassigned: update the docs", Action("update the docs")),
        ("The team: update the docs", Action("update the docs")),
        ("Fix https://example.com/a:b", Action("Fix https://example.com/a:b")),
        ("When all is done and nobody objects: ship", Action("When all is done and nobody objects: ship")),
    ],
)
def test_an_action_item_is_taken_apart(text: str, action: Action) -> None:
    assert split_action(text) == action
