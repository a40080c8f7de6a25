"""The table `[adapters.slack]`."""

from __future__ import annotations

import re
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

from botcore_slack.keys import read_keys

OFFICIAL = "https://slack.com/api/"
ADDRESS = re.compile(r"(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
BEGINS = {"token": "xoxb-", "app_token": "xapp-"}
ROTATES = "xoxe."
MOST_SOCKETS = 10  # that Slack lets one app have
WITHOUT_BOT = (
    "the bot's token is missing; set BOTCORE_SLACK__TOKEN (or BOTCORE_SLACK__TOKEN_FILE to the file that "
    "holds it) to the token that begins with xoxb-, or, for many workspaces, client_id and "
    "BOTCORE_SLACK__CLIENT_SECRET"
)
WITHOUT_SOCKET = (
    "Socket Mode needs an app-level token; set BOTCORE_SLACK__APP_TOKEN to the one that begins with xapp-"
)
WITHOUT_SIGNATURE = (
    "the app's signing secret is missing, by which Slack's calls are known from forged ones; set "
    "BOTCORE_SLACK__SIGNING_SECRET to it"
)
WITHOUT_EITHER = (
    "it is not said how events come in: set BOTCORE_SLACK__APP_TOKEN to the app-level token that begins with "
    "xapp- (Socket Mode), or BOTCORE_SLACK__SIGNING_SECRET to the app's signing secret (HTTP)"
)
WITHOUT_OAUTH = "many workspaces need {}; set BOTCORE_SLACK__{} to it"


class SlackSettings(BaseModel):
    """All of it. A single workspace in Socket Mode needs nothing but its two tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = OFFICIAL  # another server that speaks like it; first, as its tokens may look otherwise
    token: SecretStr | None = None  # xoxb-…, of the one workspace
    app_token: SecretStr | None = None  # xapp-…, for Socket Mode
    signing_secret: SecretStr | None = None  # for HTTP
    mode: Literal["socket", "http"] | None = None  # None: sockets where there is an app token
    sockets: int = Field(default=2, ge=1, le=MOST_SOCKETS)  # so that one may break while another hears
    listen: str = "127.0.0.1:3000"  # for HTTP and OAuth, behind a proxy that speaks TLS
    public_url: str = ""  # https://bot.example.org: where that proxy is reached
    stream: Literal["native", "edit", "final"] = "native"  # how answers appear
    file_kilobytes: int = Field(default=256, ge=1, le=20_000)  # the largest text file that is read
    commercial: bool = False  # sold outside Slack's Marketplace: history comes 15 messages a minute
    assistant: bool = True  # it is in the assistant pane, which free plans don't have
    client_id: str = ""  # for many workspaces, which install the app themselves
    client_secret: SecretStr | None = None
    installation_key: SecretStr | None = None  # encrypts their tokens; several: the first encrypts

    @field_validator("token", "app_token")
    @classmethod
    def _begins_right(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if token is None:
            return None
        plain, begins = token.get_secret_value().strip(), BEGINS[info.field_name or ""]
        if info.data.get("base_url") != OFFICIAL:
            return SecretStr(plain)
        if plain.startswith(ROTATES):
            raise ValueError("it ends after twelve hours; turn token rotation off in the app's configuration")
        if not plain.startswith(begins):
            raise ValueError(f"it should begin with {begins}")
        return SecretStr(plain)

    @field_validator("installation_key")
    @classmethod
    def _is_a_key(cls, keys: SecretStr | None) -> SecretStr | None:
        if keys is not None:
            read_keys(keys.get_secret_value())
        return keys

    @field_validator("base_url")
    @classmethod
    def _is_a_server(cls, url: str) -> str:
        return f"{_address(url, OFFICIAL)}/"

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        return _address(url, "https://bot.example.org") if url else ""

    @field_validator("listen")
    @classmethod
    def _is_host_and_port(cls, listen: str) -> str:
        if not (found := ADDRESS.fullmatch(listen)) or int(found["port"]) > 65535:
            raise ValueError("it should be an address and a port, like 127.0.0.1:3000")
        return listen

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.token and not self.client_id:
            raise ValueError(WITHOUT_BOT)
        if self.token and self.client_id:
            raise ValueError(
                "there is a token (of one workspace) and a client_id (for many); set one of them"
            )
        if not (self.mode or self.app_token or self.signing_secret):
            raise ValueError(WITHOUT_EITHER)
        if self.transport == "socket" and not self.app_token:
            raise ValueError(WITHOUT_SOCKET)
        if self.transport == "http" and not self.signing_secret:
            raise ValueError(WITHOUT_SIGNATURE)
        if self.client_id:
            self._can_be_installed()
        return self

    def _can_be_installed(self) -> None:
        if not self.client_secret:
            raise ValueError(WITHOUT_OAUTH.format("the app's client secret", "CLIENT_SECRET"))
        if not self.installation_key:
            what = "a key to encrypt tokens with (`botcore slack new-key` makes one)"
            raise ValueError(WITHOUT_OAUTH.format(what, "INSTALLATION_KEY"))

    @property
    def transport(self) -> Literal["socket", "http"]:
        """How events come in."""
        return self.mode or ("socket" if self.app_token else "http")

    @property
    def has_many(self) -> bool:
        """Whether workspaces install the app themselves."""
        return bool(self.client_id)

    @property
    def address(self) -> tuple[str, int]:
        """Where to listen for Slack's calls and people's browsers."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


def _address(url: str, example: str) -> str:
    if not (parts := urlsplit(url)).hostname or parts.scheme not in ("https", "http"):
        raise ValueError(f"it should be an address like {example}")
    return url.rstrip("/")
