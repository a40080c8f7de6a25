"""The code that people read first is the code that runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from botcore.config import BotSection, EngineSection, LogSection
from botcore_chat.answerer import ChatSettings
from botcore_code.settings import CodeSettings
from botcore_draft.settings import DraftSettings
from botcore_llama.settings import LlamaSettings
from botcore_summarize.settings import SummarizeSettings

ROOT = Path(__file__).parents[2]
TABLES: tuple[type[BaseModel], ...] = (
    BotSection,
    EngineSection,
    LogSection,
    ChatSettings,
    CodeSettings,
    DraftSettings,
    LlamaSettings,
    SummarizeSettings,
)


@pytest.mark.parametrize("document", ["README.md", "docs/writing-a-plugin.md"])
def test_the_haiku_in_a_document_is_the_one_that_is_tested(document: str) -> None:
    code = (ROOT / "tests/typing/haiku.py").read_text().partition('"""\n\n')[2]

    assert code in (ROOT / document).read_text()


def test_every_key_of_the_configuration_is_documented() -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    missing = [key for kind in TABLES for key in kind.model_fields if f"`{key}`" not in text]

    assert missing == []
