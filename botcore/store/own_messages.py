"""What the bot itself said, in the ledger."""

from __future__ import annotations

from functools import cache

from sqlalchemy import BindParameter, Connection, Delete, Update, bindparam, delete, select, update

from botcore.adapter import Receipt
from botcore.store import schema


def tell_ledger(connection: Connection, turn_id: str, part: int, receipt: Receipt) -> None:
    """Put the platform's id on the part's row in the ledger.

    A platform may show the bot its own message before `create` has returned. That echo's row goes.
    """
    forget_echo, put_id = _telling()
    what = {"of_turn": turn_id, "of_part": part, "its_id": receipt.message_id}
    connection.execute(forget_echo, what)
    connection.execute(put_id, what)


@cache
def _telling() -> tuple[Delete, Update]:
    message, outbox = schema.message, schema.outbox
    ours = (
        select(outbox.c.message_id)
        .where(outbox.c.turn_id == bindparam("of_turn"), outbox.c.part == bindparam("of_part"))
        .scalar_subquery()
    )
    chat = select(message.c.chat_id).where(message.c.id == ours).scalar_subquery()
    its_id: BindParameter[str] = bindparam("its_id")
    forget_echo = delete(message).where(
        message.c.chat_id == chat, message.c.platform_message_id == its_id, message.c.id != ours
    )
    return forget_echo, update(message).where(message.c.id == ours).values(platform_message_id=its_id)
