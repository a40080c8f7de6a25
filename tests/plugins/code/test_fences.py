from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore_code.fences import Code, FenceKeeper, read_fences


@pytest.mark.parametrize(
    ("text", "codes", "around"),
    [
        ("no code", [], "no code"),
        ("```python\nx\n```", [Code("x", "python")], ""),
        ("```c++\nx\n```\nwhy?", [Code("x", "c++")], "why?"),
        ("~~~\nx\n~~~", [Code("x")], ""),
        ("this: ```sql\nx\ny``` is it", [Code("x\ny``` is it", "sql")], "this:"),
        ("this:\n```sql\nx\ny```\nright?", [Code("x\ny", "sql")], "this:\nright?"),
        ("see ```x = 1```!", [Code("x = 1")], "see\n!"),
        ("```\nnever\nclosed", [Code("never\nclosed")], ""),
        ("```a\n1\n```\nand\n```b\n2\n```", [Code("1", "a"), Code("2", "b")], "and"),
        ("```\n  indented\n```", [Code("  indented")], ""),
        ("`x` is no block", [], "`x` is no block"),
    ],
)
def test_code_is_found_as_people_write_it(text: str, codes: list[Code], around: str) -> None:
    assert read_fences(text) == (codes, around)


def kept(text: str, language: str = "python") -> str:
    keeper = FenceKeeper(language)
    return keeper.feed(text) + keeper.rest()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain words", "plain words"),
        ("```\nx\n```", "```python\nx\n```"),
        ("```js\nx\n```\ndone", "```js\nx\n```\ndone"),
        ("- item\n  ```\n  x\n  ```", "- item\n  ```python\n  x\n  ```"),
        ("```\nx", "```python\nx\n```"),
        ("```\nx\n", "```python\nx\n```"),
        ("~~~~\nx\n~~~", "~~~~python\nx\n~~~\n~~~~"),
        ("````md\n```\nx\n```\n````", "````md\n```\nx\n```\n````"),
        ("a `span` and ``` in a line", "a `span` and ``` in a line"),
        ("```", "```python\n```"),
    ],
)
def test_fences_are_closed_and_have_their_language(written: str, shown: str) -> None:
    assert kept(written) == shown


@given(text=st.text(alphabet="`~ \nab", max_size=40), cuts=st.lists(st.integers(0, 40), max_size=8))
def test_the_pieces_it_comes_in_make_no_difference(text: str, cuts: list[int]) -> None:
    edges = sorted({0, *cuts, len(text)})
    keeper = FenceKeeper("python")

    pieces = [keeper.feed(text[start:end]) for start, end in itertools.pairwise(edges)]

    assert "".join([*pieces, keeper.rest()]) == kept(text)


@given(text=st.text(alphabet="`~ \nab", max_size=40))
def test_what_is_in_order_once_stays_as_it_is(text: str) -> None:
    assert kept(kept(text)) == kept(text)


@given(text=st.text(alphabet="`\nab ", min_size=1).filter(lambda text: text.strip()))
def test_any_code_comes_back_out_of_its_fence(text: str) -> None:
    code = Code(text.strip("\n").rstrip(), "python")

    assert read_fences(code.fenced) == ([code], "")
