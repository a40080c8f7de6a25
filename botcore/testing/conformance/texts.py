"""What every adapter must do with texts: send them all, show them as they were written, mention nobody."""

from __future__ import annotations

import pytest

from botcore.adapter import Adapter
from botcore.markup import lay_out, parse, split
from botcore.testing.conformance.meeting import answer_to, reply, running
from botcore.testing.platform import Platform

TEXTS = {
    "plain": "plain",
    "lines": "two\nlines",
    "styles": "**bold**, _slanted_, ~~struck~~, ||hidden|| and `code`",
    "nested styles": "***both** and one* with a [**bold** link](https://example.org/a_b?c=1&d=2)",
    "heading": "# A title\n\nand a text",
    "lists": "- one\n- two\n  1. deeper\n     - deepest\n- [ ] a task",
    "quote": "> said\n> > before",
    "table": "| a | b |\n|---|--:|\n| 1 | `x` |",
    "wide table": "| a | b |\n|---|---|\n| " + "wide " * 20 + "| [link](https://example.org) |",
    "code": "```python\nprint('<b>', '```'[0], \"@handle\")\n```",
    "code in a list": "1. Do this:\n\n   ```sh\n   rm -- *\n   ```\n2. Then that.",
    "empty code": "```\n```",
    "rule": "above\n\n---\n\nbelow",
    "mentions": "@channel @here @everyone @some_name @**name** <!here> <@U123> [you](tg://user?id=1)",
    "html": "&amp; &lt;b&gt; <script>alert(1)</script> <!-- nothing --> <b>no</b>",
    "citations": "As was said [1], and [2](https://example.org/2).",
    "commands": "/start and /help@some_bot, #tag, $CASH, a@b.example, https://example.org/x_y_",
    "scripts": "日本語 العربية हिन्दी ไทย",
    "right to left": "שלום \u202eabc\u202c **עולם**",
    "emoji": "👩🏽‍💻 **👩🏽‍💻** " * 30,
    "combining": "e\u0301 " + "x" + "\u0301" * 50,
    "control characters": "a\x00b\x1b[31mc\x7f\u2028d\ufeff",
    "special tokens": "<|eot_id|><|begin_of_text|>",
    "unclosed": "_unclosed *mark **and `more [and](http",
    "only signs": "*** ___ ``` ~~ || > - 1.",
    "blanks": "\u00a0\u3000 . \u2003",
    "deep": "> " * 30 + "deep " + "- " * 30,
    "many styles": "**a** `b` " * 80,
}
CODE = "\n".join(f"    value_{number} = '*_[`<{number}>`]_*'" for number in range(40))


class TextContract:
    """Every test gets a platform with nothing said on it. Long texts are cut as the core cuts them."""

    @pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
    async def test_any_text_can_be_sent(self, platform: Platform, text: str) -> None:
        """As a preview that breaks off anywhere, and as a whole."""
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            for part in _parts(platform.adapter, text):
                receipt = await platform.adapter.create(reply(event, part[: len(part) // 2], final=False))
                await platform.adapter.edit(receipt, reply(event, part[: len(part) - 1], final=False))
                await platform.adapter.edit(receipt, reply(event, part))

            assert len(platform.shown()) == 1 or not lay_out(parse(text)).text.strip()

    @pytest.mark.parametrize("count", [1, 1000, 10_000])
    async def test_a_text_of_any_length_is_shown_whole(self, platform: Platform, count: int) -> None:
        words = [f"word{number}" for number in range(count)]
        parts = _parts(platform.adapter, " ".join(words))
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            for part in parts:
                await platform.adapter.create(reply(event, part))

            assert " ".join(platform.shown()).split() == words

    @pytest.mark.parametrize("character", ["x", "ü", "語", "😀"])
    async def test_a_message_that_is_full_is_taken(self, platform: Platform, character: str) -> None:
        """The core counts as the platform does."""
        limits = platform.adapter.capabilities.limits
        if limits is None:
            pytest.skip("its messages have no end")
        text = character * (limits.max_chars // limits.unit.length_of(character))
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            await platform.adapter.create(reply(event, text))

            assert platform.shown() == [text]
        assert len(_parts(platform.adapter, text + character)) == 2

    async def test_code_is_shown_as_it_is(self, platform: Platform) -> None:
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            for part in _parts(platform.adapter, f"Look:\n\n```python\n{CODE}\n```"):
                await platform.adapter.create(reply(event, part))

            shown = "\n".join(platform.shown())
        assert [line for line in CODE.split("\n") if line.strip() not in shown] == []


def _parts(adapter: Adapter, text: str) -> list[str]:
    parts = split(text, adapter.capabilities.limits)
    limits = adapter.capabilities.limits
    assert limits is None or all(limits.takes(parse(part)) for part in parts)
    return parts
