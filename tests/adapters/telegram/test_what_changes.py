"""An answer on Telegram says which of the messages that it cites were edited since."""

from __future__ import annotations

from pathlib import Path

from botcore import Capability, Context, ConversationKey, Ledger, Plugin
from tests.adapters.telegram.whole_bot import whole_bot
from tests.fakes.telegram import BotAccount, Person, Telegram

RECALLING = Plugin("recalling", capabilities=[Capability.HISTORY])


@RECALLING.command("recall")
async def recall(ledger: Ledger, context: Context) -> str:
    """Show what was said last."""
    [message] = await ledger.read(last=1)
    context.cite(1, message, quote=message.text)
    return f"{message.author} said “{message.text}” [1]."


async def test_an_edit_is_told_where_the_answer_stands(
    telegram: Telegram, account: BotAccount, ana: Person, tmp_path: Path
) -> None:
    account.reads_all = True
    room = telegram.group("Room", ana.user, account)
    async with whole_bot(telegram, account, tmp_path, [RECALLING]) as bot:
        key = ConversationKey("telegram", str(account.user.id), str(room.id))
        await bot.access.desk.set_chat(key, allowed=True)
        said = ana.write("we ship on Monday", room)
        ana.write("/recall", room)
        await telegram.until_said(account, room, "Ana said “we ship on Monday” [1].")

        ana.edit(said, "we ship on Tuesday")

        await telegram.until_said(
            account, room, "Ana said “we ship on Monday” [1].\n\nChanged since then: [1] was edited."
        )
