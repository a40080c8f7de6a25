"""Draw docs/slack-*.png: answers as Slack's clients lay out what the adapter sends.

Needs Chromium and fonts (Debian: chromium fonts-lato fonts-noto-cjk fonts-noto-color-emoji). Run it from the
repository's root: `.venv/bin/python -m docs.record_slack`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from botcore import Message
from botcore.adapter import Key
from botcore.endings import SHOW_HERE
from botcore_summarize.render import as_markdown
from botcore_summarize.summary import Bullet, Draft, Section, Summary
from botcore_summarize.talk import Line, Talk
from docs.record_telegram import ANSWER, QUESTION
from tests.fakes.browser import draw
from tests.fakes.slack_page import WIDTH, Post, page

FOLDER = Path("docs")
SAID = (
    ("Ben", "The archive's migration is not done, so I'd rather not release on Thursday."),
    ("Cem", "Then Monday? The release notes can wait."),
    ("Ana", "Monday is fine. The archive can be migrated in the night to Sunday, when nobody exports."),
    ("Dana", "Agreed. And please merge nothing into release/2.4 until then."),
    ("Ben", "I'll run the migration on the copy first, on Friday."),
    ("Ana", "I'll tell the customers who wait for the export. Who is on call on Sunday morning?"),
)


def summary() -> str:
    """Return the summary of a thread, as the plugin writes one."""
    begun = datetime(2026, 11, 19, 9, 12, tzinfo=UTC)
    lines = tuple(
        Line(number, Message(str(number), author, text, begun + timedelta(minutes=7 * number)))
        for number, (author, text) in enumerate(SAID, 1)
    )

    def bullet(text: str, *numbers: int, owner: str = "", date: str = "") -> Bullet:
        return Bullet(text, tuple(lines[number - 1] for number in numbers), owner, date)

    sections = {
        Section.TLDR: (
            bullet("The release moves from Thursday to Monday, as the migration is not done", 1, 3),
        ),
        Section.DECISIONS: (
            bullet("The archive is migrated in the night to Sunday", 3),
            bullet("Nothing is merged into release/2.4 until then", 4),
        ),
        Section.ACTIONS: (
            bullet("run the migration on the copy first", 5, owner="Ben", date="Friday"),
            bullet("tell the customers who wait for the export", 6, owner="Ana"),
        ),
        Section.QUESTIONS: (bullet("Who is on call on Sunday morning?", 6),),
    }
    return as_markdown(Summary(Talk("release", lines), Draft(sections), "llama3"))


def main() -> None:
    technical = [Post(QUESTION, "Ana", "9:40 AM"), Post(ANSWER)]
    private = [
        Post("@botcore summarize", "Ana", "10:52 AM"),
        Post(summary(), time="10:53 AM", alone=True, buttons=(Key(SHOW_HERE, id="1"),)),
    ]
    for name, posts in (("slack-message.png", technical), ("slack-summary.png", private)):
        draw(page(posts), (FOLDER / name).resolve(), WIDTH)
        print(f"{FOLDER / name} is drawn.")  # noqa: T201


if __name__ == "__main__":
    main()
