"""Every mistake of a configuration is told at once, before anything is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel, Field, SecretStr

from botcore.config import load_settings
from botcore.config_check import check_tables
from botcore.errors import ConfigError

COMMAND = Path(sys.executable).with_name("botcore")
ADAPTER = f"{__name__}:PagerAdapter"


class PagerSettings(BaseModel, extra="forbid"):
    """What the adapter of these tests wants to know."""

    token: SecretStr
    retries: int = Field(default=3, ge=0)


class PagerAdapter:
    """Never opened here: its table is wrong."""

    settings = PagerSettings


def problems_of(folder: Path, text: str) -> list[str]:
    """Return the lines of the error that a configuration ends with."""
    file = folder / "botcore.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_settings(file, check=check_tables)
    return str(error.value).splitlines()


def test_file_environment_plugins_adapters_and_engine_are_told_in_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTCORE_LOG__LEVEL", "canary-loud")
    monkeypatch.setenv("BOTCORE_ENGNE__MODEL", "canary-model")
    monkeypatch.setenv("BOTCORE_ENGINE__MODEL_FILE", str(tmp_path / "canary-missing"))
    text = f"""
[bot]
answrer = "chat"

[engine]
threds = 4

[plugins.sumarize]
last = 3

[plugins.chat]
history_turns = "canary-many"

[adapters.pager]
use = "{ADAPTER}"
retries = -1

[adapters.pigeon]
"""
    file = tmp_path / "botcore.toml"

    head, *problems = problems_of(tmp_path, text)

    assert head == "10 mistakes in the configuration:"
    expected = [
        f"{file}, line 3: there is no key bot.answrer (did you mean answerer?)",
        f"{file}, line 6: there is no key engine.threds (did you mean threads?)",
        f"{file}, line 8: plugins.sumarize is set, but no such plugin has settings",
        f"{file}, line 12: plugins.chat.history_turns can't be used: it should be a valid integer",
        f"{file}, line 14: adapters.pager.token is missing; set BOTCORE_ADAPTERS__PAGER__TOKEN, or ",
        f"{file}, line 16: adapters.pager.retries can't be used: it should be greater than or equal to 0",
        f"{file}, line 18: adapters is “pigeon”, but installed are only: ",
        "the environment's BOTCORE_LOG__LEVEL: log.level can't be used: it should be 'debug', 'info'",
        "the environment has BOTCORE_ENGNE__MODEL, which sets nothing (did you mean BOTCORE_ENGINE__…?)",
        "the environment's BOTCORE_ENGINE__MODEL_FILE names a file that can't be read: No such file",
    ]
    for line in expected:
        assert any(problem.strip().startswith(line) for problem in problems), line
    assert len(problems) == len(expected)
    assert "canary" not in "\n".join(problems)


def test_a_secret_comes_from_a_file_that_a_variable_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("12345:abc\n")
    monkeypatch.setenv("BOTCORE_PAGER__TOKEN_FILE", str(tmp_path / "token"))
    file = tmp_path / "botcore.toml"
    file.write_text(f'[adapters.pager]\nuse = "{ADAPTER}"\n')

    settings = load_settings(file, check=check_tables)

    assert settings.adapters["pager"]["token"] == "12345:abc"


def test_a_token_of_digits_stays_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTCORE_ADAPTERS__PAGER__TOKEN", "12345")
    file = tmp_path / "botcore.toml"
    file.write_text(f'[adapters.pager]\nuse = "{ADAPTER}"\n')

    assert load_settings(file, check=check_tables).adapters["pager"]["token"] == "12345"


def test_a_secret_in_the_file_is_refused_without_showing_it(tmp_path: Path) -> None:
    [problem] = problems_of(tmp_path, f'[adapters.pager]\nuse = "{ADAPTER}"\ntoken = "canary"\n')

    assert "line 3: adapters.pager.token holds a secret" in problem
    assert "BOTCORE_ADAPTERS__PAGER__TOKEN_FILE" in problem
    assert "canary" not in problem


def test_a_password_of_the_database_in_the_file_is_refused_and_an_address_without_one_is_not(
    tmp_path: Path,
) -> None:
    [problem] = problems_of(tmp_path, '[store]\nurl = "postgresql://ana:canary@db.example/botcore"\n')

    assert "line 2: store.url holds a secret" in problem
    assert "BOTCORE_STORE__URL_FILE" in problem
    assert "canary" not in problem
    (tmp_path / "botcore.toml").write_text('[store]\nurl = "postgresql://ana@db.example/botcore"\n')
    assert load_settings(tmp_path / "botcore.toml", check=check_tables).store.url


def test_a_wrong_address_of_the_database_is_told_with_the_rest(tmp_path: Path) -> None:
    head, *problems = problems_of(tmp_path, '[log]\nlevel = "loud"\n[store]\nurl = "mysql://canary/x"\n')

    assert head.startswith("2 mistakes")
    assert "line 4: store.url can't be used: only PostgreSQL has an address" in problems[1]
    assert "canary" not in "".join(problems)


def test_a_key_is_set_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "level").write_text("info")
    monkeypatch.setenv("BOTCORE_LOG__LEVEL", "debug")
    monkeypatch.setenv("BOTCORE_LOG__LEVEL_FILE", str(tmp_path / "level"))

    [problem] = problems_of(tmp_path, "")

    assert "both BOTCORE_LOG__LEVEL and BOTCORE_LOG__LEVEL_FILE" in problem


def test_the_environment_changes_one_key_of_a_table_and_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTCORE_PLUGINS__CHAT__HISTORY_TURNS", "7")
    monkeypatch.setenv("BOTCORE_LOG", '{"format": "json"}')
    file = tmp_path / "botcore.toml"
    file.write_text('[plugins.chat]\n[plugins.summarize]\nlast = 9\n[log]\nlevel = "error"\n')

    settings = load_settings(file, check=check_tables)

    assert settings.plugins == {"chat": {"history_turns": "7"}, "summarize": {"last": 9}}
    assert (settings.log.level, settings.log.format) == ("error", "json")


@pytest.mark.parametrize("command", ["run", "chat"])
def test_the_command_shows_all_of_them_and_starts_nothing(tmp_path: Path, command: str) -> None:
    text = "[bot]\nanswrer = 'chat'\n[engine]\nthreds = 4\n[plugins.sumarize]\n"
    (tmp_path / "botcore.toml").write_text(text)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "BOTCORE_LOG__LEVEL": "loud"}

    done = subprocess.run(
        [COMMAND, command],
        cwd=tmp_path,
        env=environment,
        input="hello",
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (78, "")
    for key in ("bot.answrer", "engine.threds", "plugins.sumarize", "log.level"):
        assert key in done.stderr
    assert done.stderr.startswith("botcore: 4 mistakes in the configuration:\n  ")
    assert not (tmp_path / "data").exists()


def test_mistakes_in_tables_within_a_table_are_told_with_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTCORE_TELEGRAM__BOTS__GOOD__TOKEN", "123:AAFcanary")
    text = """
[adapters.telegram.bots.good]
strem = "draft"

[adapters.telegram.bots.open]
token = "456:AAFcanary"

[adapters.telegram.bots.empty]
"""

    first, *lines = problems_of(tmp_path, text)

    assert first.endswith("3 mistakes in the configuration:")
    assert "canary" not in "".join(lines)
    assert "line 6: adapters.telegram.bots.open.token holds a secret" in lines[0]
    assert "line 3: there is no key adapters.telegram.bots.good.strem (did you mean stream?)" in lines[1]
    assert "line 8: adapters.telegram.bots.empty.token is missing; set BOTCORE_" in lines[2]
