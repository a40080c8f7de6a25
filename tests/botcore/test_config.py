"""The configuration: what is wrong with it is said at once, with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from botcore.app import open_bot, prepare_folder
from botcore.config import BotSection, EngineSection, Settings, load_settings
from botcore.errors import ConfigError, OwnerError
from botcore.owner import own


def write(folder: Path, text: str) -> Path:
    path = folder / "botcore.toml"
    path.write_text(text)
    return path


def test_without_a_file_everything_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    settings = load_settings()

    assert settings.data_folder == tmp_path / "botcore"
    assert (settings.engine.use, settings.bot.answerer) == ("llama", "chat")


def test_the_environment_overrules_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, '[log]\nlevel = "error"\nformat = "json"\n[engine]\nmodel = "here"\n')
    monkeypatch.setenv("BOTCORE_LOG__LEVEL", "debug")

    settings = load_settings(path)

    assert (settings.log.level, settings.log.format) == ("debug", "json")
    assert settings.engine.model_extra == {"model": "here"}


def test_all_mistakes_are_told_at_once_with_file_and_key(tmp_path: Path) -> None:
    path = write(tmp_path, '[bot]\nanswrer = "chat"\ngrace_seconds = "long"\n[log]\nlevel = "loud"\n')

    with pytest.raises(ConfigError) as error:
        load_settings(path)

    text = str(error.value)
    assert f"{path}, line 2: there is no key bot.answrer (did you mean answerer?)" in text
    assert f"{path}, line 3: bot.grace_seconds can't be used" in text
    assert f"{path}, line 5: log.level can't be used" in text
    assert "'debug', 'info', 'warning' or 'error'" in text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[bot\n", "is not valid TOML"),
        ("[bots]\n", r"there is no key bots \(did you mean bot\?\)"),
        ("bot = 3\n", "bot can't be used"),
    ],
)
def test_a_file_that_can_not_be_used_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        load_settings(write(tmp_path, text))


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"other\.toml can't be read"):
        load_settings(tmp_path / "other.toml")


async def test_a_table_for_a_plugin_that_is_not_there_is_refused(tmp_path: Path) -> None:
    settings = Settings(bot=BotSection(data_folder=tmp_path), plugins={"sumarize": {}})

    with pytest.raises(ConfigError, match=r"plugins\.sumarize"):
        async with open_bot(settings, []):
            pass


async def test_an_engine_that_is_not_installed_is_refused(tmp_path: Path) -> None:
    settings = Settings(bot=BotSection(data_folder=tmp_path), engine=EngineSection(use="oracle"))

    with pytest.raises(ConfigError, match=r"engine\.use is “oracle”"):
        async with open_bot(settings, []):
            pass


def test_a_second_owner_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    with own(tmp_path), pytest.raises(OwnerError, match=r"process \d+"), own(tmp_path):
        pass
    with own(tmp_path):
        pass


def test_a_variable_that_sets_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTCORE_ENGNE__MODEL", "here")

    with pytest.raises(ConfigError, match=r"BOTCORE_ENGNE__MODEL.*did you mean BOTCORE_ENGINE__"):
        load_settings(write(tmp_path, ""))


def test_a_mistake_in_the_environment_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTCORE_LOG__LEVEL", "loud")

    with pytest.raises(ConfigError, match="the environment's BOTCORE_LOG__LEVEL"):
        load_settings(write(tmp_path, ""))


def test_a_value_in_the_wrong_place_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_settings(write(tmp_path, '[bot]\ngrace_seconds = "xoxb-secret"\n'))

    assert "secret" not in str(error.value)


def test_a_data_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"bot\.data_folder .*file/data can't be created"):
        prepare_folder(tmp_path / "file" / "data")
