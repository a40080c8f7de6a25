"""The code that people read first is the code that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

import botcore
from botcore.config import BotSection, EngineSection, LogSection
from botcore.testing import platform, troubles
from botcore_chat.answerer import ChatSettings
from botcore_code.settings import CodeSettings
from botcore_draft.settings import DraftSettings
from botcore_llama.settings import LlamaSettings
from botcore_summarize.settings import SummarizeSettings

ROOT = Path(__file__).parents[2]
# Where the protocols of adapters and of their tests' platforms are.
ADAPTERS = {"botcore.adapter", "botcore.adapter_options", platform.__name__, troubles.__name__}
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
    code = (ROOT / "examples/botcore_haiku/botcore_haiku/__init__.py").read_text().partition('"""\n\n')[2]

    assert code in (ROOT / document).read_text()


def test_the_adapter_in_its_document_is_the_example_that_passes_the_kit() -> None:
    document = (ROOT / "docs/writing-an-adapter.md").read_text()
    example = ROOT / "examples/botcore_echo_adapter"
    sources = {
        "python": [file.read_text() for file in example.rglob("*.py")],
        "toml": [(example / "pyproject.toml").read_text()],
    }
    blocks = re.findall(r"^```(python|toml)\n(.*?)^```", document, re.DOTALL | re.MULTILINE)

    assert len(blocks) > 8
    for language, code in blocks:
        assert any(code in source for source in sources[language]), f"not in the example:\n{code}"


def test_what_an_adapter_may_have_is_in_its_document() -> None:
    """Every protocol of an adapter's and every ability of a test's platform."""
    document = (ROOT / "docs/writing-an-adapter.md").read_text()
    protocols = {
        name
        for module in (botcore, platform, troubles)
        for name, kind in vars(module).items()
        if getattr(kind, "_is_protocol", False) and kind.__module__ in ADAPTERS
    }

    assert len(protocols) > 40
    missing = {name for name in protocols if f"`{name}`" not in document}
    assert missing == {"Adapter", "Platform", "ServesOneChat"}


def test_every_key_of_the_configuration_is_documented() -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    missing = [key for kind in TABLES for key in kind.model_fields if f"`{key}`" not in text]

    assert missing == []
