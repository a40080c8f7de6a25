"""Say something at a certain time."""

from datetime import datetime

from botcore import Capability, Plugin, Schedules

plugin = Plugin("reminder", capabilities=[Capability.SCHEDULE, Capability.SEND_UNASKED])


@plugin.command("remind")
async def remind(schedules: Schedules, *, when: datetime, what: str) -> str:
    """Remind you: `/remind 2026-03-31T15:00 call Bo`."""
    await schedules.at(when, "remember", what, title=what)
    return "I will."


@plugin.action("remember")
async def remember(*, what: str) -> str:
    """Say what was to be remembered."""
    return f"You wanted to {what}."


@plugin.every("0 9 * * 1-5")
async def standup() -> str:
    """Ask on workdays what everybody is up to."""
    return "Good morning! What are you up to?"
