"""A Telegram that stands alone, with you in a direct chat: `python -m tests.fakes.telegram [PORT]`.

Give a bot the address and the token that it prints. A line is a message; `!LABEL` presses a button below
the bot's last message.
"""

from __future__ import annotations

import asyncio
import sys

from tests.fakes.telegram import BotAccount, Person, Telegram

TOKEN = "4711:a-token-for-this-machine-only"


async def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8081
    async with Telegram(port=port) as telegram:
        account, person = telegram.bot(token=TOKEN), telegram.person("You", "you")
        say(f"base_url = http://127.0.0.1:{telegram.port}")
        say(f"BOTCORE_TELEGRAM__TOKEN={TOKEN}")
        showing = asyncio.create_task(show(telegram, account, person))
        while line := await asyncio.to_thread(sys.stdin.readline):
            act(telegram, account, person, line.rstrip("\n"))
        showing.cancel()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def act(telegram: Telegram, account: BotAccount, person: Person, line: str) -> None:
    """Write, or press a button."""
    said = telegram.said_by(account, person.chat(account))
    labels = [button["text"] for row in said[-1].keyboard for button in row] if said else []
    if line.startswith("!") and line[1:] in labels:
        person.press(said[-1], line[1:])
    elif line:
        person.write(line, account)


async def show(telegram: Telegram, account: BotAccount, person: Person) -> None:
    """Print each look of the bot's messages."""
    seen: dict[int, int] = {}
    while True:
        for message in telegram.said_by(account, person.chat(account)):
            if seen.get(message.id) != len(message.versions):
                seen[message.id] = len(message.versions)
                labels = "".join(f" [{button['text']}]" for row in message.keyboard for button in row)
                say(f"{message.id}: {message.text}{labels}")
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main())
