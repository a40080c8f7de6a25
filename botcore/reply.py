"""The answer while it is being written."""

from __future__ import annotations

import time
from collections.abc import Callable

from botcore.adapter import Outgoing
from botcore.domain import Button, InboundEvent, Outcome, Part, valid
from botcore.markup.limits import TextLimits
from botcore.markup.parse import parser
from botcore.markup.split import split

STOPPED = "_Stopped._"

# Shows a preview of a part, by its number; it must not wait, and may drop what it is given. What is
# longer than a message is cut there, as only a few of the previews are ever sent.
Show = Callable[[int, Outgoing], None]


class Reply:
    """Collects the pieces of an answer and shows them as they come."""

    def __init__(
        self,
        event: InboundEvent,
        show: Show,
        limits: TextLimits | None = None,
        *,
        is_private: bool = False,
    ) -> None:
        """`limits`: what a message holds; a text that is longer takes several, and so several numbers.

        `is_private`: only that something is being written is shown, not what.
        """
        self._is_private = is_private
        self._buttons: list[tuple[Button, ...]] = [()]
        self.note = ""  # why there is no whole answer
        self._event = event
        self._show = show
        self._limits = limits
        self._texts = [""]
        self._number = 0  # of the message that the last text begins with
        self._progress = ""
        self._tokens = 0
        self._begun = time.monotonic()
        self._closed = False
        self.outcome = Outcome.ANSWERED

    def add(self, piece: str | Part, *, is_whole: bool = False) -> None:
        """Extend the message being written, or begin the next with a `Part`.

        `is_whole`: nothing follows, so the final text is there at once, and a preview would only delay it.
        """
        if self._closed:
            return
        if isinstance(piece, Part):
            if self._texts[-1]:
                self._number += len(split(self._texts[-1], self._limits))
                self._texts.append("")
                self._buttons.append(())
            self._texts[-1] = valid(piece.text)
            self._buttons[-1] = piece.buttons
        else:
            self._texts[-1] += valid(piece)
        if not is_whole:
            self._preview()

    def progress(self, text: str) -> None:
        """Tell what is being done. It is shown until the message being written has a text."""
        self._progress = text
        self._preview()

    def count_token(self) -> None:
        """Count a token for the rate that is shown; the first one starts the clock."""
        if self._tokens == 0:
            self._begun = time.monotonic()
        self._tokens += 1

    def fail(self, reason: str) -> None:
        """End with the reason why there is no whole answer, as a paragraph of its own."""
        self._end(reason, Outcome.FAILED)

    def stop(self) -> None:
        """End where the user stopped it."""
        self._end(STOPPED, Outcome.STOPPED)

    def close(self) -> None:
        """Take and show nothing more, whatever a handler left running."""
        self._closed = True
        self._show = lambda part, outgoing: None

    @property
    def texts(self) -> list[str]:
        """The parts that have a text, as they are now; each may be longer than a message."""
        return [text for text in self._texts if text.strip()]

    @property
    def parts(self) -> list[Part]:
        """The same with the buttons of each; an answer that is not whole has none."""
        whole = self.outcome is Outcome.ANSWERED
        pairs = zip(self._texts, self._buttons, strict=True)
        return [Part(text, buttons if whole else ()) for text, buttons in pairs if text.strip()]

    def _end(self, note: str, outcome: Outcome) -> None:
        self.outcome = outcome
        self.note = valid(note)
        self._texts[-1] = below(self._texts[-1], valid(note))

    def _preview(self) -> None:
        text, progress = self._texts[-1], self._progress
        if self._is_private and text:
            text, progress = "", progress or "Writing an answer for you alone"
        outgoing = Outgoing(
            key=self._event.key,
            text=text,
            final=False,
            answers=self._event.message_id,
            asker=self._event.author.id,
            progress="" if text.strip() else progress,
            tokens=self._tokens,
            seconds=time.monotonic() - self._begun,
        )
        if text.strip() or progress:
            self._show(self._number, outgoing)


def below(written: str, note: str) -> str:
    """Return a text with a note as its last paragraph, whatever Markdown is open at the text's end."""
    written = written.rstrip()
    last = parser().parse(f"{written}\n\nnote")[-1]
    if last.type == "fence":
        written += f"\n{last.markup}"  # the note is no code
    return f"{written}\n\n{note}" if written else note
