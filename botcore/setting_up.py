"""`botcore init`: from nothing to a bot that an owner can claim. Each answer is checked before it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botcore.adapter import Introduces, Introduction
from botcore.checks import Health, checks_of_packages, run_check
from botcore.config import EngineSection, Settings, load_settings
from botcore.config_document import PREFIX
from botcore.config_secrets import add_secrets, secrets_file, write_secrets
from botcore.discovery import ADAPTERS, installed, load_adapter
from botcore.errors import ConfigError, InputError, PluginError

EXAMPLE = '# model = "llama3.1:8b"  # after `botcore model pull llama3.1:8b`'
MODEL = "model"  # the check by which an engine looks at its model


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be written down."""

    platform: str
    settings: Mapping[str, Any]  # of the platform's table, without secrets
    secrets: Mapping[str, str]  # by key
    model: str  # a name or a folder; empty: the bundled one


def platforms() -> list[str]:
    """Return the platforms that can be set up by questions."""
    return [name for name in installed(ADAPTERS) if _introduces(name)]


def _introduces(name: str) -> bool:
    try:
        return isinstance(load_adapter(name), Introduces)
    except PluginError:
        return False


def factory_of(platform: str) -> Introduces:
    """Return what sets a platform up; raise `InputError` naming those that can be."""
    known = platforms()
    if platform not in known:
        raise InputError(f"“{platform}” can't be set up here. Known are: {', '.join(known) or 'none'}.")
    factory = load_adapter(platform)
    assert isinstance(factory, Introduces)
    return factory


def refuse_to_overwrite(configuration: Path) -> None:
    """Raise `ConfigError` when there is something already."""
    for file in (configuration, secrets_file(configuration)):
        if file.exists():
            raise ConfigError(
                f"{file} is there already, and init overwrites nothing. `botcore doctor` looks at what you "
                "have, `botcore init --add` adds another platform; to begin anew, move the file away first."
            )


def refuse_a_second_table(configuration: Path, platform: str) -> None:
    """Raise `ConfigError` when a platform can't be added: there is nothing yet, or it is there already."""
    if not configuration.exists():
        raise ConfigError(
            f"There is no {configuration} yet that a platform could be added to. Leave --add out to begin."
        )
    adapters = load_settings().adapters
    if platform in adapters:
        raise ConfigError(
            f"{configuration} has a table [adapters.{platform}] already, and init changes nothing."
        )


def own_settings(pairs: Iterable[str]) -> dict[str, str]:
    """Return what `--set KEY=VALUE` said."""
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise InputError(f"“{pair}” sets nothing. Write KEY=VALUE.")
        settings[key] = value
    return settings


def check_model(model: str) -> str:
    """Look at a model as a start would, and return what it is; raise `InputError` when it can't be used."""
    engine = EngineSection.model_validate({MODEL: model} if model else {})
    settings = Settings(engine=engine)
    found = [
        finding
        for name, check in checks_of_packages()
        if name == MODEL
        for finding in run_check(name, check, settings)
    ]
    if problem := next((one for one in found if one.health is Health.PROBLEM), None):
        raise InputError(problem.text)
    return found[0].text if found else ""


def ask_again(ask: Callable[[], Any], tell: Callable[[str], None], times: int) -> Any:
    """Ask until the answer can be used, so many times at most."""
    for left in reversed(range(times)):
        try:
            return ask()
        except (ConfigError, InputError) as error:
            if not left:
                raise
            tell(str(error))
    raise AssertionError


def write_down(configuration: Path, chosen: Chosen) -> None:
    """Write the configuration and its secrets, which nobody else can read."""
    refuse_to_overwrite(configuration)
    configuration.parent.mkdir(parents=True, exist_ok=True)
    write_secrets(secrets_file(configuration), _variables(chosen))
    with configuration.open("x", encoding="utf-8") as file:
        file.write(_document(chosen))


def add(configuration: Path, chosen: Chosen) -> None:
    """Write a platform and its secrets behind what is there."""
    refuse_a_second_table(configuration, chosen.platform)
    secrets = secrets_file(configuration)
    if secrets.exists():
        add_secrets(secrets, _variables(chosen))
    else:
        write_secrets(secrets, _variables(chosen))
    with configuration.open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(_table(chosen)) + "\n")


def _variables(chosen: Chosen) -> dict[str, str]:
    return {f"{PREFIX}{chosen.platform}__{key}".upper(): value for key, value in chosen.secrets.items()}


def _document(chosen: Chosen) -> str:
    lines = [
        "# docs/configuration.md tells of every key. Secrets are in secrets.env beside this file.",
        "",
        "[engine]",
        f"model = {json.dumps(chosen.model)}" if chosen.model else EXAMPLE,
        "",
        *_table(chosen),
    ]
    return "\n".join(lines) + "\n"


def _table(chosen: Chosen) -> list[str]:
    # A JSON text is one of TOML's too.
    keys = [f"{key} = {json.dumps(value)}" for key, value in chosen.settings.items()]
    return [f"[adapters.{chosen.platform}]", *keys]


def next_steps(configuration: Path, introduction: Introduction, code: str) -> str:
    """Return what to do now."""
    config = "" if configuration == Path("botcore.toml") else f" --config {configuration}"
    return (
        f"{configuration} and {secrets_file(configuration)} are written.\n\n"
        f"1. Start the bot:  botcore{config} run\n"
        f"2. Write to {introduction.name}, {introduction.place}, and send it this code within a day:\n\n"
        f"       {code}\n\n"
        "   Whoever sends it first is the bot's owner. `botcore access owner-code` shows a new one.\n"
        "3. Whoever else writes to it is shown a code; `botcore access approve CODE` lets them in.\n"
    )
