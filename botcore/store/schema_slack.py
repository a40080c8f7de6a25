"""The tables of Slack's adapter: where its app is installed by OAuth.

Their columns are those that slack_sdk's stores read and write, by their names there. What they call a token
is kept encrypted, so it is longer than Slack's.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Index, String, Table, Text

from botcore.store.tables import metadata, own_id


def _of_workspace() -> list[Column[object]]:
    """Return what both tables say of a workspace, or of an organisation as a whole, and of the bot there."""
    return [
        Column("client_id", String(32), nullable=False),  # the app
        Column("app_id", String(32), nullable=False),
        Column("enterprise_id", String(32)),
        Column("enterprise_name", Text),
        Column("team_id", String(32)),  # empty: installed in the whole organisation
        Column("team_name", Text),
        Column("bot_token", Text),
        Column("bot_id", String(32)),
        Column("bot_user_id", String(32)),
        Column("bot_scopes", Text),
        Column("bot_refresh_token", Text),
        Column("bot_token_expires_at", DateTime),
        Column("is_enterprise_install", Boolean, nullable=False),
        Column("installed_at", DateTime, nullable=False),
    ]


# Somebody's yes to the app.
slack_installation = Table(
    "slack_installation",
    metadata,
    own_id(),
    *_of_workspace(),
    Column("enterprise_url", Text),
    Column("user_id", String(32), nullable=False),  # who said it
    Column("user_token", Text),
    Column("user_scopes", Text),
    Column("user_refresh_token", Text),
    Column("user_token_expires_at", DateTime),
    Column("incoming_webhook_url", Text),
    Column("incoming_webhook_channel", Text),
    Column("incoming_webhook_channel_id", Text),
    Column("incoming_webhook_configuration_url", Text),
    Column("token_type", String(32)),
    Index(None, "client_id", "team_id"),
)

# What the bot got by it.
slack_bot = Table(
    "slack_bot",
    metadata,
    own_id(),
    *_of_workspace(),
    Index(None, "client_id", "team_id"),
)

# What Slack brings back from somebody who was sent there to say yes.
slack_oauth_state = Table(
    "slack_oauth_state",
    metadata,
    own_id(),
    Column("state", String(200), nullable=False),
    Column("expire_at", DateTime, nullable=False),
    Index(None, "state"),
)
