"""What people are told about access. Plain, complete, and without a word about what others do."""

from __future__ import annotations


def invitation(code: str) -> str:
    """Return what a stranger is told, once a day."""
    return (
        "I only talk to people I was told about. To be let in, give this code to whoever runs me:\n\n"
        f"`{code}`\n\n"
        "It is good for one day. Until then nothing of what you write here is kept."
    )


WELCOME = "You were let in: write to me, and I answer. /help shows what I can do, /privacy what I keep."

OWNER_WELCOME = (
    "Hello! You are my owner now. Write to me, and I answer; /help shows what I can do.\n\n"
    "When others write to me they are shown a code: `/access approve CODE` lets them in. In a group, "
    "`/access allow` lets me talk there."
)


NOT_ALLOWED_HERE = (
    "I was not let into this chat yet. With `/access allow` I talk to its members here, and remember what "
    "is said from then on."
)


def plugin_rests(plugin: str, failures: int, minutes: int) -> str:
    """Return what the owners are told of a plugin that fails every time."""
    return (
        f"The plugin {plugin} failed {failures} times in a row, so I leave it alone and try it again in "
        f"{minutes} minutes. My log says why. When it is mended, `botcore plugins enable {plugin}` on my "
        "machine lets it work at once."
    )


def kept_for(days: int) -> str:
    """Return how long something is kept, as people say it."""
    if not days:
        return "until somebody deletes it"
    return "for a day" if days == 1 else f"for {days} days"


def ledger_notice(days: int) -> str:
    """Return what a group is told when what is said there is remembered from now on."""
    return (
        "Hello! From now on I remember what is written here, "
        f"{kept_for(days)}, so that I can answer and summarize. Only members of this chat can ask me "
        "about it. "
        "`/privacy` shows what I keep of you, and deletes it."
    )
