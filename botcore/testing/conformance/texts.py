"""What every adapter must do with texts: send them all, show them as they were written, mention nobody."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botcore.adapter import Adapter
from botcore.domain import InboundEvent
from botcore.markup import lay_out, parse, split
from botcore.testing.conformance.meeting import answer_to, reply, running, shown_anew
from botcore.testing.platform import Platform, TellsWhoIsCalled

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

# What texts are made of: signs that mean something somewhere, names that ring, and any character at all.
SIGNS = (
    *("*", "**", "_", "~~", "||", "`", "```", " ", "\n", "\n\n", "> ", "- ", "1. ", "# ", "|", "---"),
    *("[", "](", ")", "<", ">", "&", "\\", "https://example.org", "@here", "<!channel>", "<@U1>", "/stop"),
    "<|eot_id|>",
)
DRAWN_SECONDS = 5.0  # until a screen shows what it was told to, at most, on a machine that is busy
any_text = st.lists(st.sampled_from(SIGNS) | st.text(max_size=8), max_size=30).map("".join)


class TextContract:
    """Every test gets a platform with nothing said on it. Long texts are cut as the core cuts them."""

    @pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
    async def test_any_text_can_be_sent(self, platform: Platform, text: str) -> None:
        """As a preview that breaks off anywhere, and as a whole."""
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            for part in _parts(platform.adapter, text):
                receipt = await platform.adapter.create(reply(event, part[: len(part) // 2], final=False))
                receipt = await shown_anew(
                    platform.adapter, receipt, reply(event, part[: len(part) - 1], final=False)
                )
                receipt = await shown_anew(platform.adapter, receipt, reply(event, part))

            assert len(platform.shown()) == 1 or not lay_out(parse(text)).text.strip()
            _calls_nobody(platform)

    async def test_any_text_that_hypothesis_finds_can_be_sent(self, platform: Platform) -> None:
        """The letters that were written are those that are shown, and nobody is called."""
        async with running(platform) as events:
            event = await answer_to(platform, events, "hello")
            loop = asyncio.get_running_loop()

            @settings(
                max_examples=40,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
            )
            @given(any_text, st.integers(0, 40))
            def send(text: str, cut: int) -> None:
                sending = self._send_and_take_away(platform, event, text, cut)
                asyncio.run_coroutine_threadsafe(sending, loop).result()

            await asyncio.to_thread(send)

    async def _send_and_take_away(self, platform: Platform, event: InboundEvent, text: str, cut: int) -> None:
        adapter = platform.adapter
        for part in _parts(adapter, text):
            receipt = await adapter.create(reply(event, part[:cut], final=False))
            receipt = await shown_anew(adapter, receipt, reply(event, part))
            await _until_shown(platform, lay_out(parse(part)).text)
            _calls_nobody(platform)
            await adapter.delete(receipt)

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


async def _until_shown(platform: Platform, written: str) -> None:
    """Wait for a text; a screen may be drawn a moment later."""
    ends = asyncio.get_running_loop().time() + DRAWN_SECONDS
    while not _is_in(written, "".join(platform.shown())):
        assert asyncio.get_running_loop().time() < ends, f"{written!r} became {platform.shown()}"
        await asyncio.sleep(0.01)


def _is_in(written: str, shown: str) -> bool:
    """Whether all letters are there, in their order; signs and numbers are the platform's taste."""
    letters = iter(shown)
    return all(letter in letters for letter in written if letter.isalpha())


def _calls_nobody(platform: Platform) -> None:
    if isinstance(platform, TellsWhoIsCalled):
        assert platform.called() == [], "what the model writes must ring nobody and be no command: escape it"


def _parts(adapter: Adapter, text: str) -> list[str]:
    parts = split(text, adapter.capabilities.limits)
    limits = adapter.capabilities.limits
    assert limits is None or all(limits.takes(parse(part)) for part in parts)
    return parts
