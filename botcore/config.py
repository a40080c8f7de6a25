"""`botcore.toml`, with overrides from the environment: `BOTCORE_ENGINE__MODEL` is `[engine] model`."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from botcore.config_check import explain, listed, without_use
from botcore.config_document import Document, Places, read_document
from botcore.domain import Overlap
from botcore.errors import ConfigError

S = TypeVar("S", bound=BaseModel)
Check = Callable[[Document], list[str]]  # returns what is wrong


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
    turn_tokens: int = Field(default=16_384, gt=0)
    job_tokens: int = Field(default=262_144, gt=0)
    max_waiting: int = Field(default=1000, gt=0)
    expires_seconds: float = Field(default=3600.0, gt=0)


class BudgetSection(Section):
    """The tables `[access.owner]` and `[access.admin]`: 0 is no limit."""

    messages_per_hour: int = Field(default=0, ge=0)
    tokens_per_day: int = Field(default=0, ge=0)  # that the model reads and writes

    @property
    def is_limited(self) -> bool:
        return bool(self.messages_per_hour or self.tokens_per_day)


class MemberBudgetSection(BudgetSection):
    """The table `[access.member]`, also for members of allowed chats."""

    messages_per_hour: int = Field(default=60, ge=0)
    tokens_per_day: int = Field(default=500_000, ge=0)


class AccessSection(Section):
    """The table `[access]`: how much people may ask for, and how long what they say is kept."""

    retention_days: int = Field(default=90, ge=0)  # where a chat has no other; 0: for ever
    owner: BudgetSection = Field(default_factory=BudgetSection)
    admin: BudgetSection = Field(default_factory=BudgetSection)
    member: MemberBudgetSection = Field(default_factory=MemberBudgetSection)


class StoreSection(Section):
    """The table `[store]`. Without an address the database is a SQLite file in the data folder."""

    url: SecretStr | None = None  # postgresql://user:password@host/database


class EngineSection(BaseModel):
    """The table `[engine]`. What is not named here belongs to the engine and is checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    use: str = "llama"


class OperationSection(Section):
    """The table `[operation]`: where health and figures are served, if anywhere."""

    listen: str = ""  # 127.0.0.1:9464 or [::1]:9464
    allow_remote: bool = False  # to listen on an address that other machines reach
    host_names: tuple[str, ...] = ()  # by which it is asked for, beside localhost and addresses

    @field_validator("listen", mode="after")
    @classmethod
    def _is_an_address(cls, listen: str) -> str:
        if listen and _address(listen) is None:
            raise ValueError("it should be an address and a port, like 127.0.0.1:9464")
        return listen

    @model_validator(mode="after")
    def _is_local(self) -> Self:
        if self.address and not ipaddress.ip_address(self.address[0]).is_loopback and not self.allow_remote:
            raise ValueError(
                "listen is reached from other machines, and everybody may read there; "
                "take 127.0.0.1, or set allow_remote = true"
            )
        return self

    @property
    def address(self) -> tuple[str, int] | None:
        """Where to listen."""
        return _address(self.listen)


def _address(listen: str) -> tuple[str, int] | None:
    host, _, port = listen.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    return (str(address), int(port)) if port.isdecimal() and 0 < int(port) < 65536 else None


class LogSection(Section):
    """The table `[log]`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Settings(Section):
    """The whole configuration."""

    access: AccessSection = Field(default_factory=AccessSection)
    bot: BotSection = Field(default_factory=BotSection)
    engine: EngineSection = Field(default_factory=EngineSection)
    log: LogSection = Field(default_factory=LogSection)
    operation: OperationSection = Field(default_factory=OperationSection)
    store: StoreSection = Field(default_factory=StoreSection)
    adapters: dict[str, dict[str, JsonValue]] = {}
    plugins: dict[str, dict[str, JsonValue]] = {}

    _places: Places = PrivateAttr(default_factory=Places)

    @property
    def places(self) -> Places:
        """Where each key was set."""
        return self._places

    @property
    def data_folder(self) -> Path:
        return self.bot.data_folder.expanduser()

    def plugin_settings(self, name: str, kind: type[S]) -> S:
        """Return a plugin's table as its settings class; raise `ConfigError` naming what is wrong."""
        try:
            return kind.model_validate(without_use(self.plugins.get(name, {})))
        except ValidationError as error:
            problems = explain(error, kind, self._places, ("plugins", name))
            raise ConfigError(listed(problems)) from error


def load_settings(path: Path | None = None, *, check: Check | None = None) -> Settings:
    """Read the configuration; raise one `ConfigError` with everything that is wrong with it.

    Without a path it is the file that BOTCORE_CONFIG names, else ./botcore.toml, which may be missing.
    `check` may look at more, as `check_tables` of botcore.config_check does.
    """
    document = read_document(path, Settings.model_fields)
    problems = [*document.problems]
    settings = _validate(document, problems)
    if check:
        problems += check(document)
    if problems or settings is None:
        raise ConfigError(listed(problems))
    return settings


def _validate(document: Document, problems: list[str]) -> Settings | None:
    try:
        settings = Settings.model_validate(document.values)
    except ValidationError as error:
        problems += explain(error, Settings, document.places)
        return None
    settings._places = document.places
    return settings
