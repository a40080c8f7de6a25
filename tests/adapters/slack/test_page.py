"""Our blocks in a client's eyes: a browser, on a page that lays them out as Slack's clients do."""

from __future__ import annotations

import html
import re

import pytest

from botcore.adapter import Key
from docs.record_slack import summary
from docs.record_telegram import ANSWER
from tests.fakes.browser import chromium, laid_out
from tests.fakes.slack_page import Post, page

pytestmark = pytest.mark.skipif(chromium() is None, reason="needs Chromium")


def test_an_answer_and_a_summary_are_laid_out_as_they_were_written() -> None:
    posts = [Post(f"👩🏽‍💻 {ANSWER}"), Post(summary(), alone=True, buttons=(Key("Show it", id="1"),))]
    dom = laid_out(page(posts))
    marked = [(tag, _text(inner)) for tag, inner in re.findall(r"<(b|i|s|a|code)\b[^>]*>(.*?)</\1>", dom)]

    assert ("b", "without a graphics card") in marked
    assert ("i", "all") in marked
    assert ("s", "float32") in marked
    assert ("code", "--quantization int8") in marked
    assert ("a", "変換の手引き") in marked
    assert ("a", "[1]") in marked
    assert [_text(marker) for marker in re.findall(r'<li data-marker="(.*?)"', dom)][:4] == [
        "1.",
        "◦",
        "◦",
        "2.",
    ]
    boxes = [_text(box) for box in re.findall(r"<pre>(.*?)</pre>", dom, re.DOTALL)]
    assert "CTranslate2" in boxes[0]
    assert boxes[1].endswith("    print(token.token_id, flush=True)")
    assert "Only visible to you" in dom
    assert "<button>Show it</button>" in dom


def _text(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))
