"""`botcore.toml`, with overrides from the environment: `BOTCORE_ENGINE__MODEL` is `[engine] model`."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from botcore.domain import Overlap
from botcore.errors import ConfigError

FILE_NAME = "botcore.toml"
PREFIX = "BOTCORE_"
FILE_VARIABLE = "BOTCORE_CONFIG"
OTHER_VARIABLES = (FILE_VARIABLE, "BOTCORE_DEBUG", "BOTCORE_TEST_DATA")
S = TypeVar("S", bound=BaseModel)


def default_data_folder() -> Path:
    """Return where this user's programs keep their data (XDG base directory specification)."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "botcore"


class Section(BaseModel):
    """A table of botcore.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BotSection(Section):
    """The table `[bot]`."""

    data_folder: Path = Field(default_factory=default_data_folder)
    answerer: str = "chat"
    plugin_seconds: float = Field(default=30.0, gt=0)
    grace_seconds: float = Field(default=20.0, ge=0)
    overlap: Overlap = Overlap.QUEUE
    max_waiting: int = Field(default=1000, gt=0)
    expires_seconds: float = Field(default=3600.0, gt=0)


class EngineSection(BaseModel):
    """The table `[engine]`. What is not named here belongs to the engine and is checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    use: str = "llama"


class LogSection(Section):
    """The table `[log]`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(BaseSettings):
    """The whole configuration."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    bot: BotSection = Field(default_factory=BotSection)
    engine: EngineSection = Field(default_factory=EngineSection)
    log: LogSection = Field(default_factory=LogSection)
    adapters: dict[str, dict[str, JsonValue]] = {}
    plugins: dict[str, dict[str, JsonValue]] = {}

    @property
    def data_folder(self) -> Path:
        return self.bot.data_folder.expanduser()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrules the file, which arrives as the constructor's arguments."""
        return env_settings, init_settings

    def plugin_settings(self, name: str, kind: type[S]) -> S:
        """Return a plugin's table as its settings class; raise `ConfigError` naming what is wrong."""
        try:
            return kind.model_validate(without_use(self.plugins.get(name, {})))
        except ValidationError as error:
            raise ConfigError(explain(error, f"plugins.{name}", kind)) from error


def without_use(table: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what of a plugin's or an adapter's table is its own: `use` says where its code is."""
    return {key: value for key, value in table.items() if key != "use"}


def load_settings(path: Path | None = None) -> Settings:
    """Read the configuration; raise one `ConfigError` with everything that is wrong with it.

    Without a path it is the file that BOTCORE_CONFIG names, else ./botcore.toml, which may be missing.
    """
    named = path or (Path(os.environ[FILE_VARIABLE]) if os.environ.get(FILE_VARIABLE) else None)
    file = named or Path(FILE_NAME)
    values = _read(file) if named or file.exists() else {}
    _refuse_unknown_variables()
    try:
        return Settings(**values)
    except ValidationError as error:
        raise ConfigError(explain(error, str(file), Settings)) from error


def _refuse_unknown_variables() -> None:
    sections = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in os.environ:
        if (
            name.startswith(PREFIX)
            and name not in OTHER_VARIABLES
            and name.partition("__")[0] not in sections
        ):
            close = difflib.get_close_matches(name.partition("__")[0], sections, n=1)
            hint = f" (did you mean {close[0]}__…?)" if close else ""
            raise ConfigError(f"The environment has {name}, which sets nothing{hint}.")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.") from error


def explain(error: ValidationError, place: str, kind: type[BaseModel]) -> str:
    """Return one clause for each mistake: where the key is, what is wrong with it, what was expected."""
    return "; ".join(_explain_one(dict(e), place, kind) for e in error.errors()) + "."


def _explain_one(error: dict[str, Any], place: str, kind: type[BaseModel]) -> str:
    key = ".".join(str(part) for part in error["loc"])
    variable = PREFIX + key.replace(".", "__").upper()
    where = f"the environment's {variable}" if variable in os.environ else place
    if error["type"] == "missing":
        return f"{where}: {key} is missing"
    if error["type"] == "extra_forbidden":
        known = _known_keys(kind, error["loc"][:-1])
        close = difflib.get_close_matches(str(error["loc"][-1]), known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
        return f"{where}: there is no key {key} ({hint})"
    # The value is not shown: it may be a secret that stands in the wrong place.
    return f"{where}: {key} can't be used: {error['msg'][0].lower()}{error['msg'][1:]}"


def _known_keys(kind: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    for part in path:
        inner = kind.model_fields[str(part)].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        kind = inner
    return sorted(kind.model_fields)
