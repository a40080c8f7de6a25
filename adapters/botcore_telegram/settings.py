"""The table `[adapters.telegram]`."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

OFFICIAL = "https://api.telegram.org"
TOKEN = re.compile(r"(\d{1,20}):[A-Za-z0-9_-]+")
ADDRESS = re.compile(r"(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")


class BotSettings(BaseModel):
    """One bot. Several have a table each: `[adapters.telegram.bots.NAME]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr
    stream: Literal["edit", "draft", "final"] = "edit"  # how answers appear; drafts in direct chats only
    webhook_url: str = ""  # https://bot.example.org/telegram: then Telegram calls, and nothing is polled

    @field_validator("token")
    @classmethod
    def _is_a_token(cls, token: SecretStr) -> SecretStr:
        if not TOKEN.fullmatch(token.get_secret_value().strip()):
            raise ValueError("it should look like 123456:ABC-def, as BotFather gives it")
        return SecretStr(token.get_secret_value().strip())

    @field_validator("webhook_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and (not (parts := urlsplit(url)).hostname or parts.scheme not in ("https", "http")):
            raise ValueError("it should be an address like https://bot.example.org/telegram")
        return url

    @property
    def tenant(self) -> str:
        """The bot's id: what Telegram calls it, and the core its tenant."""
        return self.token.get_secret_value().partition(":")[0]

    @property
    def webhook_secret(self) -> str:
        """What Telegram has to show with each call: nobody knows it who does not know the token."""
        key = self.token.get_secret_value().encode()
        return hmac.new(key, b"botcore webhook", hashlib.sha256).hexdigest()

    @property
    def webhook_path(self) -> str:
        """Where the bot's updates are posted."""
        return urlsplit(self.webhook_url).path or "/"


class TelegramSettings(BaseModel):
    """All of it. A single bot needs nothing but its token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr | None = None
    stream: Literal["edit", "draft", "final"] = "edit"
    webhook_url: str = ""
    webhook_listen: str = "127.0.0.1:8443"  # behind a proxy that speaks TLS
    base_url: str = OFFICIAL  # a Bot API server of one's own, or another that speaks like it
    file_kilobytes: int = Field(default=256, ge=1, le=20_000)  # the largest text file that is read
    bots: Mapping[str, BotSettings] = {}

    @field_validator("base_url")
    @classmethod
    def _is_a_server(cls, url: str) -> str:
        if not (parts := urlsplit(url)).hostname or parts.scheme not in ("https", "http"):
            raise ValueError(f"it should be a server's address like {OFFICIAL}")
        return url.rstrip("/").removesuffix("/bot")

    @field_validator("webhook_listen")
    @classmethod
    def _is_host_and_port(cls, listen: str) -> str:
        if not (found := ADDRESS.fullmatch(listen)) or int(found["port"]) > 65535:
            raise ValueError("it should be an address and a port, like 127.0.0.1:8443")
        return listen

    @model_validator(mode="after")
    def _has_bots(self) -> Self:
        if not self.all_bots:
            raise ValueError(
                "the bot's token is missing; set BOTCORE_TELEGRAM__TOKEN, "
                "or BOTCORE_TELEGRAM__TOKEN_FILE to the file that holds it"
            )
        tenants = [bot.tenant for bot in self.all_bots]
        if len(set(tenants)) < len(tenants):
            raise ValueError("two bots have the same token; each needs one of its own")
        paths = [bot.webhook_path for bot in self.all_bots if bot.webhook_url]
        if len(set(paths)) < len(paths):
            raise ValueError("two bots have the same path in their webhook_url; each needs one of its own")
        return self

    @property
    def all_bots(self) -> tuple[BotSettings, ...]:
        """Every bot, the unnamed one first."""
        if self.token is None:
            return tuple(self.bots.values())
        unnamed = BotSettings(token=self.token, stream=self.stream, webhook_url=self.webhook_url)
        return (unnamed, *self.bots.values())

    @property
    def webhook_address(self) -> tuple[str, int]:
        """Where to listen for Telegram's calls."""
        host, _, port = self.webhook_listen.rpartition(":")
        return host.strip("[]"), int(port)
