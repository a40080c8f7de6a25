"""Markdown as Telegram's readers see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import MessageEntity

from botcore.markup import as_file, lay_out, parse
from botcore_telegram.document import LONGEST, length
from botcore_telegram.rendering import BLANK, MOST_ENTITIES, Rendered, render, shortened

FIXED_WIDTH = {"code", "pre"}


def shown(markdown: str) -> Rendered:
    return render(parse(markdown))


def marked(rendered: Rendered) -> list[tuple[str, str]]:
    """Return each entity's kind with the text that it covers, by UTF-16 units as clients count."""
    units = rendered.text.encode("utf-16-le")
    return [
        (str(e.type), units[2 * e.offset : 2 * (e.offset + e.length)].decode("utf-16-le"))
        for e in rendered.entities
    ]


@pytest.mark.parametrize(
    ("markdown", "text", "entities"),
    [
        ("**bold** _it_ ~~no~~", "bold it no", [("bold", "bold"), ("italic", "it"), ("strikethrough", "no")]),
        ("**a _b_ c**", "a b c", [("bold", "a b c"), ("italic", "b")]),
        ("||hidden||", "hidden", [("spoiler", "hidden")]),
        ("# Title\n\ntext", "Title\ntext", [("bold", "Title")]),
        ("👩🏽‍💻 **x** 日本 **y**", "👩🏽‍💻 x 日本 y", [("bold", "x"), ("bold", "y")]),
        ("**a `b` c**", "a b c", [("bold", "a "), ("code", "b"), ("bold", " c")]),
        ("> quote\n> **b**", "quote\nb", [("blockquote", "quote\nb"), ("bold", "b")]),
        ("1 < 2 & *x* <b>", "1 < 2 & x <b>", [("italic", "x")]),
        ("```\n  indented\n```", "  indented", [("pre", "  indented")]),
        ("", BLANK, []),
        ("```\n```", BLANK, []),
        ("\u200b\u2800", BLANK, []),
    ],
)
def test_styles_cover_what_they_should(markdown: str, text: str, entities: list[tuple[str, str]]) -> None:
    rendered = shown(markdown)

    assert (rendered.text, marked(rendered)) == (text, entities)


def test_code_keeps_its_language_and_a_link_its_address() -> None:
    rendered = shown("[docs](https://e.org/a?b=c)\n\n```python\nprint()\n```\n\n```not a language!\nx\n```")

    assert [(e.type, e.url, e.language) for e in rendered.entities] == [
        ("text_link", "https://e.org/a?b=c", None),
        ("pre", None, "python"),
        ("pre", None, "not"),
    ]


def test_a_table_has_columns() -> None:
    rendered = shown("| a | bb |\n|---|---|\n| ccc | d |")

    assert [kind for kind, _ in marked(rendered)] == ["pre"]
    assert len({len(line.rstrip()) for line in rendered.text.splitlines()}) <= 2


@pytest.mark.parametrize(
    "markdown",
    [
        "hi @channel",
        "ask @ana_b please",
        "@**bob**",
        "run /start now",
        "run ./configure",
        "mail ana@example.org",
        "(@all)",
    ],
)
def test_nothing_becomes_clickable_by_itself_and_the_text_stays(markdown: str) -> None:
    rendered = shown(markdown)

    assert rendered.text == lay_out(parse(markdown)).text
    [(kind, _)] = [(kind, text) for kind, text in marked(rendered) if kind == "code"]
    assert kind == "code"


@pytest.mark.parametrize(
    "markdown",
    ["and/or", "1/2", "a/b/c", "https://e.org/path", "/etc/passwd", "5 @ 3", "https://e.org/a:/b./c"],
)
def test_what_telegram_leaves_alone_is_left_alone(markdown: str) -> None:
    assert "code" not in {kind for kind, _ in marked(shown(markdown))}


def test_where_links_lead_is_kept_when_there_are_too_many_styles() -> None:
    rendered = shown("**b** " * (MOST_ENTITIES + 20) + "[last](https://e.org/)")

    assert len(rendered.entities) == MOST_ENTITIES
    assert rendered.entities[-1].url == "https://e.org/"


@pytest.mark.parametrize(
    "markdown",
    [
        "**b** " * MOST_ENTITIES + "@ana_b",
        "`x` " * MOST_ENTITIES + "`@ana_b`",
        " ".join(f"@user_{number}" for number in range(MOST_ENTITIES + 50)),
        " ".join(f"*b* `@user_{number}`" for number in range(MOST_ENTITIES + 50)),
    ],
)
def test_no_name_calls_anybody_when_there_are_too_many_styles(markdown: str) -> None:
    rendered = shown(markdown)

    assert rendered.text == lay_out(parse(markdown)).text.strip()
    assert len(rendered.entities) <= MOST_ENTITIES
    quiet = {name for kind, text in marked(rendered) if kind == "code" for name in text.split()}
    assert {name for name in rendered.text.split() if name.startswith("@")} <= quiet


def test_a_preview_is_cut_where_it_is_too_long_and_never_within_a_character() -> None:
    cut = shortened(shown("**" + "👍" * LONGEST + "**"), LONGEST)

    assert LONGEST - 2 <= length(cut.text) <= LONGEST
    assert marked(cut) == [("bold", "👍" * ((LONGEST - 1) // 2))]


@pytest.mark.parametrize(
    ("fence", "name"),
    [
        ("python", "code.py"),
        ("js", "code.js"),
        ("python src/main.py", "main.py"),
        ("", "code.txt"),
        ("no-such-language", "code.txt"),
        ("sh ../../etc/passwd", "code.sh"),
        ("dockerfile", "Dockerfile"),
    ],
)
def test_long_code_is_a_file_of_its_language(fence: str, name: str) -> None:
    markdown = f"```{fence}\nx = 1\n```"

    file = as_file(parse(markdown), markdown)

    assert (file.name, file.content) == (name, b"x = 1\n")


def test_any_other_long_text_is_a_file_of_markdown() -> None:
    assert as_file(parse("# a\n\nb"), "# a\n\nb").name == "answer.md"


pieces = st.sampled_from(
    [
        "**",
        "_",
        "`",
        "```\n",
        "||",
        "~~",
        "> ",
        "# ",
        "- ",
        "1. ",
        "|",
        "\n",
        "\n\n",
        "[a](http://e.org)",
        "@bob ",
    ]
)
texts = st.lists(st.one_of(st.text(max_size=6), pieces), max_size=25).map("".join)


@given(texts)
def test_whatever_is_written_can_be_sent(markdown: str) -> None:
    rendered = shown(markdown)
    units = length(rendered.text)

    assert rendered.text.strip() or any(e.type in FIXED_WIDTH for e in rendered.entities)
    for entity in rendered.entities:
        assert 0 <= entity.offset < entity.offset + entity.length <= units
    fixed = [e for e in rendered.entities if e.type in FIXED_WIDTH]
    for code in fixed:
        for other in rendered.entities:
            apart = other.offset + other.length <= code.offset or code.offset + code.length <= other.offset
            assert other is code or apart or (other.type == "blockquote" and _holds(other, code))


@given(texts)
def test_the_text_that_is_seen_is_the_text_that_was_written(markdown: str) -> None:
    assert shown(markdown).text.split() == (lay_out(parse(markdown)).text.split() or [BLANK])


def _holds(outer: MessageEntity, inner: MessageEntity) -> bool:
    return outer.offset <= inner.offset and inner.offset + inner.length <= outer.offset + outer.length
