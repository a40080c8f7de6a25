"""Texts that are still being written."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from botcore.markup import Code, Table, lay_out, parse, write
from tests.botcore.markup.any_markdown import markdown

ANSWER = """\
# A **bold** title

Use `pip install x` or **the _other_ way**, which is ~~slow~~ ||secret||, see [the docs](https://x.org/a) [3].
- one with **bold**
- two with `code`
  1. deeper
  2. and deeper

| Name | *Size* |
|:-----|-------:|
| `a`  | **1**  |
| b    | 2      |

```python
def f(x):
    return x ** 2
```

Then <https://example.org> and [3](https://x.org/3) are the end."""


def growing(text: str) -> str:
    return lay_out(parse(text, growing=True)).text


def test_no_half_of_a_sign_is_ever_seen() -> None:
    """However much of an answer has come so far."""
    for length in range(len(ANSWER)):
        document = parse(ANSWER[:length], growing=True)
        shown = "".join(lay_out((block,)).text for block in document if not isinstance(block, Code))

        seen = [sign for sign in ("*", "`", "~", "||", "](", "<", "#", "_", "|-", "- ") if sign in shown]
        assert not seen, ANSWER[:length]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("This is **impor", "This is **impor**"),
        ("This is **_very", "This is **_very_**"),
        ("This is **important*", "This is **important**"),
        ("Call `f(x", "Call `f(x`"),
        ("See [the docs](https://x.o", "See the docs"),
        ("As was said [3](https://x.o", "As was said [3]"),
        ("A line\n-", "A line"),
        ("A line\n\n1", "A line"),
        ("2 * 3 * 4 is", "2 * 3 * 4 is"),
        ("42", "42"),
        ("-", "-"),
    ],
)
def test_what_is_open_is_closed(written: str, shown: str) -> None:
    assert write(parse(written, growing=True)) == shown


@pytest.mark.parametrize(
    "text", ["| a | b", "| a | b |\n|-", "| a | b |\n|---|--", "| a | b |\n|---|---|\n| 1"]
)
def test_a_table_is_one_from_its_first_row_on(text: str) -> None:
    [table] = parse(text, growing=True)

    assert isinstance(table, Table)
    assert len(table.header) == 2


def test_an_open_fence_shows_no_half_of_its_end() -> None:
    assert parse("```python\nx = 1\n``", growing=True) == (Code("x = 1", "python"),)


def test_a_sign_that_was_opened_long_ago_is_only_a_sign() -> None:
    assert growing(f"2 *3 is six. {'And so on. ' * 60}").startswith("2 *3 is")


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(text=markdown)
def test_anything_can_be_half_written(text: str) -> None:
    tree = parse(text, growing=True)

    assert parse(write(tree)) == tree
