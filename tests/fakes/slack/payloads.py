"""How messages, events, commands and presses are written down."""

from __future__ import annotations

import uuid
from typing import Any

from tests.fakes.slack.accounts import Json, Team, User
from tests.fakes.slack.app import App, Installation
from tests.fakes.slack.model import Channel, Message

REPLY_FACES = 5


def message_json(message: Message, *, metadata: bool = False) -> Json:
    """Return a message as history tells of it."""
    body: Json = {"type": "message", "user": message.author.id, "text": message.text, "ts": message.ts}
    if message.subtype:
        body["subtype"] = message.subtype
    body["team"] = message.author.team.id
    body |= _identity(message)
    if message.blocks:
        body["blocks"] = message.blocks
    if message.files:
        body |= {"files": [file.json() for file in message.files], "upload": False}
    if message.versions[-1].attachments:
        body["attachments"] = message.versions[-1].attachments
    if message.edited:
        body["edited"] = {"user": message.edited[0], "ts": message.edited[1]}
    if metadata and message.metadata:
        body["metadata"] = message.metadata
    return {**body, **_thread(message), **message.extra}


def _identity(message: Message) -> Json:
    """Return what tells an app's message from a person's."""
    author = message.author
    if not author.is_bot:
        return {"client_msg_id": message.client_msg_id}
    return {
        "bot_id": author.bot_id,
        "app_id": message.app_id,
        "bot_profile": {
            "id": author.bot_id,
            "deleted": False,
            "name": author.real_name,
            "updated": 1_700_000_000,
            "app_id": message.app_id,
            "icons": {},
            "team_id": author.team.id,
        },
    }


def _thread(message: Message) -> Json:
    if not message.thread_ts:
        return {}
    root = message.channel.messages.get(message.thread_ts)
    if message.is_reply:
        return {"thread_ts": message.thread_ts, "parent_user_id": root.author.id if root else ""}
    replies = message.channel.replies(message.ts)
    if not replies:
        return {}
    users = list(dict.fromkeys(reply.author.id for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users[:REPLY_FACES],
        "is_locked": False,
        "subscribed": False,
    }


def message_event(message: Message) -> Json:
    """Return the event of a new message."""
    body = message_json(message)
    for name in ("reply_count", "reply_users_count", "latest_reply", "reply_users"):
        body.pop(name, None)
    channel = message.channel
    event = {**body, "channel": channel.id, "event_ts": message.ts, "channel_type": channel.kind}
    if channel.connected:
        team = message.author.team.id
        event |= {"user_team": team, "source_team": team}
    return event


def changed_event(message: Message, before: Json, ts: str, subtype: str = "message_changed") -> Json:
    """Return the event of an edit, or of a deletion."""
    channel = message.channel
    event: Json = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id, "ts": ts}
    if subtype == "message_changed":
        event["message"] = {**message_json(message), "source_team": message.author.team.id}
    else:
        event["deleted_ts"] = message.ts
    return {**event, "previous_message": before, "event_ts": ts, "channel_type": channel.kind}


def event_body(
    app: App, installation: Installation, event: Json, team: Team, at: float, channel: Channel | None
) -> Json:
    """Return an event in its envelope. In a shared channel the outer team may be another than the app's."""
    home = installation.team if team not in installation.teams else team
    return {
        "token": app.verification_token,
        "team_id": team.id,
        "context_team_id": home.id,
        "context_enterprise_id": home.enterprise_id,
        "enterprise_id": home.enterprise_id,
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}",
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": home.enterprise_id,
                "team_id": None if installation.enterprise else home.id,
                "user_id": installation.user.id,
                "is_bot": True,
                "is_enterprise_install": bool(installation.enterprise),
            }
        ],
        "is_ext_shared_channel": bool(channel and channel.connected),
        "event_context": f"4-{uuid.uuid4().hex}",
    }


def command_body(
    app: App, installation: Installation, user: User, channel: Channel, command: str, text: str
) -> dict[str, str]:
    """Return a slash command, but for what may be used once."""
    team = user.team
    body = {
        "token": app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": _shown_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": app.id,
        "is_enterprise_install": "true" if installation.enterprise else "false",
    }
    if team.enterprise:
        body |= {"enterprise_id": team.enterprise.id, "enterprise_name": team.enterprise.name}
    return body


def _shown_name(channel: Channel) -> str:
    return (
        "directmessage" if channel.is_direct else "privategroup" if channel.kind == "group" else channel.name
    )


def interaction_body(app: App, installation: Installation, user: User, kind: str, **more: Any) -> Json:
    """Return what all presses, shortcuts and submissions have in common."""
    team = user.team
    enterprise = {"id": team.enterprise.id, "name": team.enterprise.name} if team.enterprise else None
    body = {
        "type": kind,
        "token": app.verification_token,
        "api_app_id": app.id,
        "team": {"id": team.id, "domain": team.domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team.id},
        "enterprise": enterprise,
        "is_enterprise_install": bool(installation.enterprise),
    }
    return {**body, **more}


def channel_reference(channel: Channel) -> Json:
    return {"id": channel.id, "name": _shown_name(channel)}
