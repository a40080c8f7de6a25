"""Our entities in a client's eyes: a browser, whose strings count UTF-16 units as Telegram does."""

from __future__ import annotations

import html
import re

import pytest

from docs.record_telegram import ANSWER
from tests.fakes.browser import chromium, laid_out
from tests.fakes.telegram_page import Bubble, page

pytestmark = pytest.mark.skipif(chromium() is None, reason="needs Chromium")


def test_a_long_technical_answer_is_laid_out_as_it_was_written() -> None:
    dom = laid_out(page([Bubble(f"👩🏽‍💻👩🏽‍💻 {ANSWER}")]))
    marked = [(tag, _text(inner)) for tag, inner in re.findall(r"<(b|i|s|a|code)\b[^>]*>(.*?)</\1>", dom)]

    assert ("b", "without a graphics card") in marked
    assert ("i", "all") in marked
    assert ("s", "float32") in marked
    assert ("code", "--quantization int8") in marked
    assert ("b", "CTranslate2") in marked
    assert ("a", "変換の手引き") in marked
    assert ("a", "[1]") in marked
    code = re.search(r'<pre data-language="python">(.*?)</pre>', dom, re.DOTALL)
    assert code
    assert _text(code[1]).startswith("from ctranslate2 import Generator\n")
    assert _text(code[1]).endswith("    print(token.token_id, flush=True)")
    assert re.search(r'<span class="spoiler">why not 4 bits\?</span>', dom)
    assert re.search(r"<blockquote>Measure with <i>your</i> texts", dom)


def _text(inner: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", inner))
