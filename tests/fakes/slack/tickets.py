"""What is handed to an app and can be used a few times, for a while."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from tests.fakes.slack.accounts import User
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.model import Channel, Message

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 1800.0
RESPONSE_USES = 5
CODE_SECONDS = 600.0


@dataclass(slots=True, eq=False)
class Trigger:
    """Lets an app open a modal in answer to what somebody did."""

    id: str
    user: User
    app_id: str
    at: float
    view_id: str = ""  # the modal that was on top, of a press or submission there
    used: bool = False


@dataclass(slots=True, eq=False)
class Response:
    """Lets an app answer where somebody did something."""

    id: str
    user: User
    app_id: str
    channel: Channel
    at: float
    message: Message | None = None  # the one that was pressed
    uses: int = 0


@dataclass(slots=True, eq=False)
class Code:
    """What somebody who installs an app is sent back with."""

    code: str
    client_id: str
    team_ids: list[str]
    scopes: frozenset[str]
    user_id: str
    at: float
    redirect_uri: str = ""
    whole_grid: bool = False
    used: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Tickets:
    """All that were handed out."""

    triggers: dict[str, Trigger] = field(default_factory=dict)
    responses: dict[str, Response] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    sockets: dict[str, str] = field(default_factory=dict)  # app by ticket
    uploads: dict[str, tuple[str, int, str]] = field(default_factory=dict)  # file: name, length, app
    trigger_seconds: float = TRIGGER_SECONDS

    def new_trigger(self, user: User, app_id: str, at: float, view_id: str = "") -> str:
        number = f"{int(at)}.{len(self.triggers)}.{uuid.uuid4().hex}"
        self.triggers[number] = Trigger(number, user, app_id, at, view_id)
        return number

    def use_trigger(self, number: str, app_id: str, now: float) -> Trigger:
        trigger = self.triggers.get(number)
        if trigger is None or trigger.app_id != app_id:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if trigger.at + self.trigger_seconds < now:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response(
        self, user: User, app_id: str, channel: Channel, at: float, message: Message | None = None
    ) -> str:
        number = uuid.uuid4().hex
        self.responses[number] = Response(number, user, app_id, channel, at, message)
        return number

    def use_response(self, number: str, now: float) -> Response:
        response = self.responses.get(number)
        if response is None:
            raise ApiError("no_such_url", status=404)
        if response.at + RESPONSE_SECONDS < now:
            raise ApiError("expired_url", status=404)
        if response.uses >= RESPONSE_USES:
            raise ApiError("used_url", status=404)
        response.uses += 1
        return response

    def use_code(self, number: str, now: float) -> Code:
        code = self.codes.get(number)
        if code is None or code.at + CODE_SECONDS < now:
            raise ApiError("invalid_code")
        if code.used:
            raise ApiError("code_already_used")
        code.used = True
        return code
