"""A configuration with an unknown key, a wrong type, a missing secret."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from botcore.errors import ConfigError
from tests.fakes.bot_process import BotProcess
from tests.fakes.platform import Platform

MISTAKES: dict[str, Mapping[str, object]] = {
    "bot": {"grace_secs": 5, "plugin_seconds": "soon"},
    "log": {"level": "loud"},
    "adapters.loopback": {"port": "eight"},
    "adapters.guarded": {"use": "tests.fakes.adapter:GuardedAdapter", "port": 1},
    "plugins.awkwardly": {"colour": "red"},
}


async def test_a_start_is_refused_with_every_mistake_at_once(platform: Platform, bot: BotProcess) -> None:
    bot.settings |= MISTAKES
    bot.launch()

    assert await bot.wait() == ConfigError.exit_code

    configuration = bot.folder / "botcore.toml"
    lines = bot.output.splitlines()
    assert lines[0] == "botcore: 6 mistakes in the configuration:"
    for place, expected in {
        "bot.grace_secs": "did you mean grace_seconds?",
        "bot.plugin_seconds": "number",
        "log.level": "'debug', 'info', 'warning' or 'error'",
        "adapters.loopback.port": "integer",
        "adapters.guarded.token": "BOTCORE_ADAPTERS__GUARDED__TOKEN",
        "plugins.awkwardly": "no such plugin",
    }.items():
        [line] = [line for line in lines if place in line]
        assert expected in line
        assert str(configuration) in line
    assert not (bot.data / "botcore.db").exists(), "nothing was begun"


@pytest.mark.parametrize("text", ["[bot\n", "\xff"])
async def test_a_file_that_can_not_be_read_is_named(platform: Platform, bot: BotProcess, text: str) -> None:
    bot.folder.mkdir()
    file = bot.folder / "other.toml"
    file.write_text(text, encoding="latin-1")  # a few bytes
    bot.launch({"BOTCORE_CONFIG": str(file)})

    assert await bot.wait() == ConfigError.exit_code
    assert str(file) in bot.output
