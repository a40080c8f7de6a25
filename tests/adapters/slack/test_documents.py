"""What docs/slack.md and docs/configuration.md say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from botcore.app import open_adapters
from botcore.config import load_settings
from botcore.config_check import check_tables
from botcore_slack.keys import new_key
from botcore_slack.scopes import needed_scopes
from botcore_slack.settings import SlackSettings

DOCS = Path(__file__).parents[3] / "docs"
SLACK = {"BOTCORE_SLACK__TOKEN": "xoxb-1", "BOTCORE_SLACK__APP_TOKEN": "xapp-1"}
TELEGRAM = {"BOTCORE_TELEGRAM__TOKEN": "123456:ABC-def"}
HTTP = {"BOTCORE_SLACK__TOKEN": "xoxb-1", "BOTCORE_SLACK__SIGNING_SECRET": "abc"}
MANY = {
    "BOTCORE_SLACK__APP_TOKEN": "xapp-1",
    "BOTCORE_SLACK__CLIENT_SECRET": "abc",
    "BOTCORE_SLACK__INSTALLATION_KEY": new_key(),
}


def configurations(document: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", (DOCS / document).read_text(), re.DOTALL)


@pytest.mark.parametrize(
    ("document", "number", "secrets", "adapters"),
    [
        ("configuration.md", 0, SLACK, ["slack"]),
        ("configuration.md", 1, TELEGRAM, ["telegram"]),
        ("configuration.md", 2, SLACK | TELEGRAM, ["slack", "telegram"]),
        ("slack.md", 0, SLACK, ["slack"]),
        ("slack.md", 1, HTTP, ["slack"]),
        ("slack.md", 2, MANY, ["slack"]),
    ],
)
async def test_a_configuration_of_under_ten_lines_is_whole(
    document: str,
    number: int,
    secrets: dict[str, str],
    adapters: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = configurations(document)[number]
    assert len(text.splitlines()) < 10
    file, beside = tmp_path / "botcore.toml", tmp_path / "secrets.env"
    file.write_text(text)
    beside.write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))
    beside.chmod(0o600)
    monkeypatch.setenv("BOTCORE_CONFIG", str(file))
    monkeypatch.setenv("BOTCORE_BOT__DATA_FOLDER", str(tmp_path / "data"))

    settings = load_settings(check=check_tables)

    assert [adapter.name for adapter in open_adapters(settings)] == adapters


def test_every_configuration_is_tested() -> None:
    assert [len(configurations(name)) for name in ("configuration.md", "slack.md")] == [3, 3]


def test_every_key_is_documented() -> None:
    text = (DOCS / "slack.md").read_text()

    assert [key for key in SlackSettings.model_fields if f"| `{key}` |" not in text] == []


def test_every_permission_is_explained_as_the_command_does() -> None:
    rows = re.findall(r"\| `([a-z_]+:?[a-z]*)` \| (.+) \|", (DOCS / "slack.md").read_text())

    assert {(scope.name, scope.why) for scope in needed_scopes()} <= set(rows)


def test_a_first_summary_takes_ten_lines() -> None:
    text = (DOCS / "slack.md").read_text().partition("\n\n1. ")[2].partition("\n\n")[0]

    assert len(text.splitlines()) == 10
