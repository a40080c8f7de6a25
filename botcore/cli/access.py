"""`botcore access …`. Imported for every `--help`, so libraries wait until they are needed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from botcore.cli.outbox import AsJson, ask_for

app = typer.Typer(
    name="access", help="Say who may talk to the bot, and in which chats.", no_args_is_help=True
)

User = Annotated[str, typer.Argument(help="A number that `botcore access list` shows, or PLATFORM:ID.")]
Chat = Annotated[str, typer.Argument(help="PLATFORM:ID of the chat, as telegram:-1001234.")]
TenantOption = Annotated[
    str | None, typer.Option(help="The bot's or the workspace's id, where there are several.", metavar="ID")
]
Tenant = Annotated[str, typer.Argument(help="PLATFORM:ID of the workspace, as slack:T0123.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show who may come in, who was shown a code, and what was turned away in the last two days."""
    from botcore.cli.show import print_json

    roster = ask_for("access-list")
    if as_json:
        print_json(roster)
        return
    _show("May talk to the bot", roster["people"], ("id", "name", "known_as", "role", "for"), since="since")
    _show("Were shown a code", roster["strangers"], ("name", "known_as", "for"), since="since")
    _show("Chats and tenants", roster["places"], ("kind", "known_as", "allowed", "retention_days"))
    _show("Turned away lately", roster["refused"], ("known_as", "events", "ago"), since="last")


@app.command()
def approve(code: Annotated[str, typer.Argument(help="The code that a stranger was shown.")]) -> None:
    """Let somebody in by the code that the bot has shown them. They are told so."""
    typer.echo(f"{ask_for('access-approve', code=code)} may talk to the bot now.")


@app.command()
def revoke(user: User) -> None:
    """Answer somebody no more, not even in a chat that is allowed."""
    ask_for("access-revoke", user=user)
    typer.echo(f"{user} is not answered any more. `botcore access role {user} member` lets them in again.")


@app.command()
def role(user: User, role: Annotated[str, typer.Argument(help="owner, admin or member.")]) -> None:
    """Say what somebody may: a member talks to the bot, an admin lets others in, an owner does everything."""
    ask_for("access-role", user=user, role=role)
    typer.echo(f"{user} is {role} now.")


@app.command("allow-chat")
def allow_chat(chat: Chat, tenant: TenantOption = None) -> None:
    """Let every member of a chat talk to the bot there, and keep what is said there. The chat is told so."""
    ask_for("access-chat", chat=chat, tenant=tenant, allowed=True)
    typer.echo(f"{chat} is allowed.")


@app.command("deny-chat")
def deny_chat(chat: Chat, tenant: TenantOption = None) -> None:
    """Be silent in a chat and keep nothing more of it, even where its workspace is allowed."""
    ask_for("access-chat", chat=chat, tenant=tenant, allowed=False)
    typer.echo(f"{chat} is denied. What was said there before stays until it is too old.")


@app.command("allow-tenant")
def allow_tenant(tenant: Tenant) -> None:
    """Let everybody of a workspace in, with all of its chats that the bot is in."""
    ask_for("access-tenant", tenant=tenant, allowed=True)
    typer.echo(f"{tenant} is allowed.")


@app.command("deny-tenant")
def deny_tenant(tenant: Tenant) -> None:
    """Take that back. People and chats that were let in by themselves stay."""
    ask_for("access-tenant", tenant=tenant, allowed=False)
    typer.echo(f"{tenant} is denied.")


@app.command("owner-code")
def owner_code() -> None:
    """Show a new code: whoever types it to the bot in a direct chat, within a day, becomes its owner."""
    typer.echo(ask_for("access-owner-code"))


@app.command()
def audit(
    last: Annotated[int, typer.Option(help="How many entries.", min=1, metavar="N")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show who did what to whom, the latest first."""
    from botcore.cli.show import print_json, print_table

    entries = ask_for("access-audit", limit=last)
    if as_json:
        print_json(entries)
    elif entries:
        for entry in entries:
            entry["at"] = entry["at"][:19].replace("T", " ")
        print_table(("at", "who", "action", "about", "detail"), entries)
    else:
        typer.echo("Nothing was done yet.")


def _show(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...], *, since: str = "") -> None:
    from botcore.cli.show import age, print_table

    typer.echo(f"{title}: {'' if rows else 'nobody' if 'name' in columns else 'none'}".rstrip())
    for row in rows:
        if since:
            row["for"] = row["ago"] = age(row[since])
        if "allowed" in row:
            row["allowed"] = {True: "yes", False: "no", None: ""}[row["allowed"]]
            row["retention_days"] = "" if row["retention_days"] is None else row["retention_days"]
    if rows:
        print_table(columns, rows)
    typer.echo()
