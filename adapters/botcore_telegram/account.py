"""One bot: what it is called, how it is reached, who its members are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from telegram import Bot, BotCommand, ChatMemberRestricted
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

from botcore import RetryLater
from botcore.errors import ConfigError
from botcore_telegram.addressing import Myself
from botcore_telegram.albums import Albums
from botcore_telegram.connection import open_request
from botcore_telegram.events import WANTED
from botcore_telegram.sender import Follow, Sender
from botcore_telegram.settings import BotSettings

log = structlog.get_logger(__name__)

ADMINISTRATORS = {ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR}
MEMBERS = {*ADMINISTRATORS, ChatMemberStatus.MEMBER}
MOST_COMMANDS, LONGEST_NAME, LONGEST_DESCRIPTION = 100, 32, 256
LONGEST_NOTICE = 200  # characters of what is shown for a moment
PRIVACY_MODE = (
    "In groups this bot sees only what is addressed to it, so summaries there miss the rest. To change that, "
    "turn its privacy mode off with BotFather (/setprivacy) and add it to the group again, or make it an "
    "administrator there."
)
UNHEARD = (
    "Telegram tells me only what is addressed to me here: what you say to each other is missing. "
    "Make me an administrator of this group; or let whoever made me turn my privacy mode off with BotFather "
    "(/setprivacy) and add me to the group again."
)


def refused(settings: BotSettings) -> ConfigError:
    """Return what to tell when Telegram does not know a token. It must not show the token itself."""
    return ConfigError(
        f"Telegram does not accept the token of the bot {settings.tenant}. Ask BotFather for it (/token) and "
        "set BOTCORE_TELEGRAM__TOKEN to it."
    )


class Account:
    """A bot of Telegram's, and the connections it has."""

    def __init__(self, settings: BotSettings, base_url: str, follow: Follow) -> None:
        self.settings = settings
        self.tenant = settings.tenant
        self.poll_request, self._request = open_request(connections=2), open_request()
        self.bot = Bot(
            settings.token.get_secret_value(),
            base_url=f"{base_url}/bot",
            base_file_url=f"{base_url}/file/bot",
            request=self._request,
            get_updates_request=self.poll_request,
        )
        self.sender = Sender(self.bot, self.tenant, follow)
        self.albums = Albums()
        self._me: Myself | None = None
        self.trouble = ""  # what keeps it from hearing anything, for the operator

    @property
    def me(self) -> Myself:
        """How the bot appears in messages; known once it was opened."""
        if self._me is None:
            raise RetryLater("Telegram was not reached yet.")
        return self._me

    def tell(self, trouble: str) -> None:
        """Keep what is wrong, for the operator, and log it once; empty when all is well again."""
        if trouble and trouble != self.trouble:
            log.error("telegram_in_trouble", bot=self.tenant, why=trouble)
        elif self.trouble and not trouble:
            log.info("telegram_well_again", bot=self.tenant)
        self.trouble = trouble

    async def open(self, commands: Mapping[str, str]) -> None:
        """Ask Telegram who this is, and show people what they can type.

        Raise `InvalidToken` when it is wrong and another `TelegramError` when Telegram can't be reached.
        """
        await self.bot.initialize()
        user = self.bot.bot
        self._me = Myself(user, frozenset(commands))
        if not user.can_read_all_group_messages:
            log.warning("privacy_mode_is_on", bot=user.username, what=PRIVACY_MODE)
        await self._show_commands(offered(commands))

    async def close(self) -> None:
        """Let go of the connections."""
        await self.bot.shutdown()
        for request in (self._request, self.poll_request):
            await request.shutdown()  # of a start that was cut off the library knows nothing

    async def set_webhook(self) -> None:
        """Let Telegram call the bot's address from now on, and show its secret each time."""
        await self.bot.set_webhook(
            self.settings.webhook_url,
            allowed_updates=WANTED,
            secret_token=self.settings.webhook_secret,
        )

    async def answer_press(self, query: str, notice: str) -> None:
        """Answer the press of a button: its spinner ends, and a notice is shown if there is one."""
        try:
            await self.bot.answer_callback_query(query, notice[:LONGEST_NOTICE] or None)
        except TelegramError as error:
            log.info("press_not_answered", error=type(error).__name__)  # too late, or not reached

    async def is_member(self, chat: str, user_id: str) -> bool:
        """Tell whether somebody is in a chat. What can't be found out counts as no."""
        if not chat.startswith("-"):
            return chat == user_id  # a direct chat is called as its person is
        try:
            member = await self.bot.get_chat_member(chat, int(user_id))
        except (TelegramError, ValueError):
            return False
        return member.status in MEMBERS or (isinstance(member, ChatMemberRestricted) and member.is_member)

    async def unheard(self, chat: str) -> str:
        """Return what Telegram does not tell the bot of a chat; empty when it tells everything."""
        if not chat.startswith("-") or self.me.user.can_read_all_group_messages:
            return ""
        try:
            member = await self.bot.get_chat_member(chat, self.me.user.id)
        except TelegramError:
            return UNHEARD
        return "" if member.status in ADMINISTRATORS else UNHEARD

    async def _show_commands(self, commands: Sequence[BotCommand]) -> None:
        try:
            if tuple(await self.bot.get_my_commands()) != tuple(commands):
                await self.bot.set_my_commands(commands)
        except TelegramError as error:
            log.warning("commands_not_shown", error=type(error).__name__)


def offered(commands: Mapping[str, str]) -> list[BotCommand]:
    """Return the commands as Telegram takes them."""
    return [
        BotCommand(name, (description or name)[:LONGEST_DESCRIPTION])
        for name, description in sorted(commands.items())
        if name.islower() and len(name) <= LONGEST_NAME
    ][:MOST_COMMANDS]
