"""The tree as Markdown again."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings

from botcore.markup import parse, write
from tests.botcore.markup.any_markdown import markdown


@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(text=markdown)
@example("- - -\n- + *")
@example("*a&#32;*b _c_")
@example("*@a*_b_ *[*_3]_")
def test_what_is_written_parses_back_to_the_same_tree(text: str) -> None:
    tree = parse(text)

    assert parse(write(tree)) == tree


def test_a_text_stays_readable() -> None:
    text = "As was said [3], C# is snake_case in 2 * 3 cases, a < b & c | d ~ e."

    assert write(parse(text)) == text
