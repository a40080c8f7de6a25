from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore_summarize.citations import take_citations
from botcore_summarize.contract import read_answer
from botcore_summarize.summary import Section
from tests.plugins.summarize.writers import GOOD

HEADINGS = [str(section) for section in Section]
LINES = st.one_of(
    st.sampled_from([*HEADINGS, *(f"## {h}:" for h in HEADINGS), "- none", "```", ""]),
    st.text(max_size=40),
    st.builds("- {} [{}]".format, st.text(max_size=30), st.integers(-5, 10**12)),
    st.builds("* {} [{}, {}-{}].".format, st.text(max_size=9), *[st.integers(0, 99)] * 3),
)


def sections(**bullets: str) -> str:
    """Return an answer that is right but for the sections named."""
    texts = {"tldr": "- It rains. [1]", **bullets}
    keys = ("tldr", "decisions", "actions", "questions", "disagreements")
    return "\n\n".join(f"{h}\n{texts.get(key, '- none')}" for h, key in zip(HEADINGS, keys, strict=True))


@given(st.one_of(st.text(), st.lists(LINES).map("\n".join)), st.integers(0, 30))
def test_any_text_can_be_read_and_no_citation_points_outside(text: str, last: int) -> None:
    answer = read_answer(text, last)

    points = [point for section in answer.points.values() for point in section]
    assert all(1 <= number <= last for point in points for number in point.numbers)
    assert all(point.numbers and point.text for point in points)
    assert answer.problem or answer.points[Section.TLDR]


def test_an_answer_in_form_is_read() -> None:
    answer = read_answer(GOOD, 4)

    assert answer.problem == ""
    assert [(len(answer.points[section])) for section in Section] == [1, 1, 1, 1, 0]
    assert answer.points[Section.ACTIONS][0].text == "Bo: update the changelog (Thursday)"
    assert answer.points[Section.ACTIONS][0].numbers == (3,)


@pytest.mark.parametrize(
    ("sentence", "text", "numbers"),
    [
        ("It rains. [3]", "It rains.", [3]),
        ("It rains [3] [7]", "It rains", [3, 7]),
        ("It rains[3][7].", "It rains.", [3, 7]),
        ("It rains [3, 7].", "It rains.", [3, 7]),
        ("It rains. [3-5]", "It rains.", [3, 4, 5]),
        ("Ana says so [3], Bo agrees [4].", "Ana says so, Bo agrees.", [4, 3]),
        ("It rains ([3], [4])", "It rains", [3, 4]),
        ("Use `a[3]` here [2]", "Use `a[3]` here", [2]),
        ("Use a[3] here [2]", "Use a[3] here", [2]),
        ("It rains", "It rains", []),
        ("It rains [12345678901234567890]", "It rains", [0]),
    ],
)
def test_citations_are_taken_off_however_they_are_written(
    sentence: str, text: str, numbers: list[int]
) -> None:
    taken, found = take_citations(sentence)

    assert (taken, sorted(found)) == (text, sorted(numbers))


@pytest.mark.parametrize(
    "decorated", ["## {}", "**{}**", "{}:", "**{}:**", "### {}:", "1. {}", "__{}__", "  {}  "]
)
def test_headings_are_known_in_any_dress(decorated: str) -> None:
    text = sections()
    for heading in HEADINGS:
        text = text.replace(heading, decorated.format(heading))

    assert read_answer(text.upper(), 3).problem == ""


@pytest.mark.parametrize("before", ["* ", "• ", "1. ", "", "- [ ] ", "- > # "])
def test_bullets_are_known_in_any_dress(before: str) -> None:
    assert read_answer(sections(tldr=f"{before}It rains [1]"), 3).points[Section.TLDR][0].text == "It rains"


def test_a_section_may_stand_on_its_headings_line() -> None:
    text = (
        sections()
        .replace("TL;DR\n- It rains", "**TL;DR:** It rains")
        .replace("Decisions\n- none", "Decisions: none")
    )

    answer = read_answer(text, 3)

    assert answer.problem == ""
    assert answer.points[Section.TLDR][0].text == "It rains."


def test_a_bullet_may_go_on_in_the_next_line() -> None:
    answer = read_answer(sections(tldr="- It rains\n  and it storms. [1]"), 3)

    assert [point.text for point in answer.points[Section.TLDR]] == ["It rains and it storms."]


@pytest.mark.parametrize("nothing", ["- none", "none", "- None.", "- n/a", "- No decisions were made.", ""])
def test_none_is_nothing_and_no_fault(nothing: str) -> None:
    answer = read_answer(sections(decisions=nothing), 3)

    assert answer.points[Section.DECISIONS] == ()
    assert (answer.problem, answer.uncited) == ("", 0)


def test_citations_outside_are_dropped_and_counted() -> None:
    answer = read_answer(sections(decisions="- We ship. [2] [9]\n- We wait. [8]"), 3)

    assert [point.numbers for point in answer.points[Section.DECISIONS]] == [(2,)]
    assert (answer.outside, answer.uncited, answer.problem) == (2, 1, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the five headings are missing"),
        ("It rains a lot today.", "the five headings are missing"),
        (sections().replace("Decisions", ""), 'the heading "Decisions" is missing'),
        (sections(tldr="- none"), 'there is nothing under "TL;DR"'),
        (sections(tldr="- It rains."), "a bullet names no number"),
        (sections(tldr="- It rains. [7]"), "there is no [7]"),
    ],
)
def test_what_breaks_the_contract_is_named(text: str, problem: str) -> None:
    assert read_answer(text, 3).problem == problem


def test_a_bullet_that_repeats_itself_is_kept_once() -> None:
    answer = read_answer(sections(decisions="- We ship. [2]\n" * 50), 3)

    assert len(answer.points[Section.DECISIONS]) == 1


def test_a_bullet_without_end_is_cut() -> None:
    answer = read_answer(sections(decisions=f"- {'word ' * 500}[2]"), 3)

    assert len(answer.points[Section.DECISIONS][0].text) <= 400
