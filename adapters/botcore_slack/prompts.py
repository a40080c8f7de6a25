"""What is suggested in the assistant's pane. Slack sends the message of what somebody picks, word by word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """A suggestion, which stands for a command."""

    title: str
    message: str  # the command without its slash, which Slack keeps for itself

    @property
    def command(self) -> str:
        """The name of what it needs."""
        return self.message.split()[0]


PROMPTS = (
    Prompt("See what you can do", "help"),
    Prompt("Draft an announcement", "draft announcement we meet on Friday at 10; please bring your ideas"),
    Prompt("Write some code", "code write a function that tells whether a year is a leap year, with tests"),
    Prompt("See what I wait for", "queue"),
)
MESSAGES = frozenset(prompt.message for prompt in PROMPTS)
