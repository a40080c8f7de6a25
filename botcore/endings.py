"""What a turn's closing transaction writes, from what its handler said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from botcore.adapter import PrivateAnswers
from botcore.context import Context
from botcore.delivery import Delivery
from botcore.domain import ActionEvent, Button, Lane, Outcome, Part
from botcore.overflow import fit
from botcore.promises import Alone
from botcore.reply import Reply, below
from botcore.router import BUILTIN, SHOW, Router
from botcore.store import Claim, Closing, InboxState, PluginButton, Posting, PrivateAnswer, Store

OFFER = "_An earlier answer of mine may not have reached you: /missed shows it._"
READY = "Your answer is ready. Only you can open it; the link works for a day."

MISSED = Button("Show it", "missed")
AGAIN = "again"  # the action that asks once more what was given up
SHOW_HERE = "Show it to all here"
SHOW_THERE = "Show it to all there"
ASKED_THERE = "Here is [what you asked me for]({link})."
ASKED_ELSEWHERE = "Here is what you asked me for in the other chat."


class Endings:
    """Knows how an answer becomes messages, buttons and what a conversation remembers."""

    def __init__(self, router: Router, delivery: Delivery, store: Store) -> None:
        self._store = store
        self._router = router
        self._delivery = delivery

    async def closing(self, claim: Claim, context: Context, alone: Alone | None = None) -> Closing:
        """Return how a turn ends whose handler is done. `alone`: how its answer reaches its asker only."""
        reply = context.reply
        answered, failed = reply.outcome is Outcome.ANSWERED, reply.outcome is Outcome.FAILED
        is_dead = context.last_try and failed
        plugin = context.speaks_for[-1] if context.speaks_for else self._router.plugin_name(claim.event)
        private = None
        parts = reply.parts if self._router.may_speak(claim.event) else []
        planned = list(context.schedules.values()) if answered else []
        if self._router.is_private(claim.event) and parts:
            if alone:
                private, parts = _kept(parts, plugin) if answered else None, _as_seen(reply, alone)
            elif answered:
                private, parts = self._set_apart(parts, plugin)
                plugin = BUILTIN
            else:
                parts = [Part(reply.note)]
        # Not below a control command's answer: /missed is one.
        may_offer = claim.lane is not Lane.CONTROL and bool(parts) and not alone
        offered = may_offer and await self._is_in_doubt(claim)
        shown = [part.text for part in parts]
        if offered:
            shown[-1] = below(shown[-1], context.as_typed(OFFER))
        texts, buttons = await self._messages(claim, shown, [part.buttons for part in parts], plugin)
        if offered:
            _put(buttons, len(texts) - 1, MISSED)
        if alone and private and texts:
            label = SHOW_THERE if alone.direct else SHOW_HERE
            _put(buttons, len(texts) - 1, Button(label, SHOW, private.token, personal=True))
        if is_dead and texts and not isinstance(claim.event, ActionEvent):
            _put(buttons, len(texts) - 1, Button("Try again", AGAIN, str(claim.inbox_id), personal=True))
        remembered = claim.lane is not Lane.CONTROL and not isinstance(claim.event, ActionEvent)
        return Closing(
            texts=texts,
            answer="\n\n".join(shown),
            question=claim.event.text if claim.merged else None,
            handler=self._router.handler_name(claim.event),
            outcome=reply.outcome,
            in_history=remembered and bool(parts) and answered and not (private or alone),
            state=InboxState.DEAD if is_dead else InboxState.DONE,
            failed=is_dead,
            usage=context.engine.usage,
            written=_written(context),
            shown=context.shown if answered else (),
            offered=offered,
            buttons=buttons,
            private=private,
            only_for=alone.user if alone else "",
            direct=alone.direct if alone else None,
            posted=await self._posted(context) if answered else (),
            handed_over=context.handed_over if answered else (),
            shown_to_all=context.shown_to_all if answered else (),
            cited=context.cited if answered else (),
            planned=[new for one in planned for new in one.added],
            unplanned=[old for one in planned for old in one.removed],
        )

    def refuses_privacy(self, claim: Claim) -> bool:
        """Tell whether an answer is for one person alone, where nobody can be answered alone."""
        able = self._delivery.capabilities(claim.event.key)
        return (
            self._router.is_private(claim.event)
            and able is not None
            and (able.private is PrivateAnswers.NONE or not able.buttons)
        )

    def is_alone(self, claim: Claim) -> bool:
        """Tell whether an answer is shown to its asker only, and nothing of it to the others."""
        return (
            self._router.is_private(claim.event) and self._delivery.answers_alone(claim.event.key) is not None
        )

    async def _is_in_doubt(self, claim: Claim) -> bool:
        """Tell whether an earlier answer may be missing there, and nobody is looking for it any more."""
        if not claim.in_doubt or self._delivery.is_looking(claim.event.key):
            return False
        return bool(await self._store.missed(claim.scope))

    async def _posted(self, context: Context) -> list[Posting]:
        """Return what a turn says in other chats, as their messages hold it."""
        return [
            Posting(key, await fit([part.text for part in parts], self._delivery.limits(key)))
            for key, parts in context.posted
        ]

    def _set_apart(self, parts: Sequence[Part], plugin: str) -> tuple[PrivateAnswer, list[Part]]:
        """Keep an answer for its asker; return what the group sees instead."""
        answer = PrivateAnswer(plugin, parts)
        show = Button(SHOW_HERE, SHOW, answer.token, personal=True)
        return answer, [Part(READY, (show,))]

    async def _messages(
        self, claim: Claim, texts: Sequence[str], buttons: Sequence[Sequence[Button]], plugin: str
    ) -> tuple[list[str], dict[int, list[PluginButton]]]:
        """Return texts as messages, each part's buttons below the last of its own."""
        limits = self._delivery.limits(claim.event.key)
        if not any(buttons):
            return await fit(texts, limits), {}
        messages: list[str] = []
        placed: dict[int, list[PluginButton]] = {}
        for text, some in zip(texts, buttons, strict=True):
            messages += await fit([text], limits)
            if some:
                placed[len(messages) - 1] = [PluginButton(plugin, button) for button in some]
        return messages, placed


def _kept(parts: Sequence[Part], plugin: str) -> PrivateAnswer | None:
    """Return an answer as it is kept for a while: its asker may show it to all."""
    return PrivateAnswer(plugin, parts) if parts else None


def _as_seen(reply: Reply, alone: Alone) -> list[Part]:
    """Return what an asker sees; in the direct chat it says first what it answers."""
    parts = reply.parts if reply.outcome is Outcome.ANSWERED else [Part(reply.note)]
    if alone.direct is None:
        return parts
    return [Part(ASKED_THERE.format(link=alone.link) if alone.link else ASKED_ELSEWHERE), *parts]


def _put(buttons: dict[int, list[PluginButton]], message: int, button: Button) -> None:
    buttons.setdefault(message, []).append(PluginButton(BUILTIN, button))


def _written(context: Context) -> Mapping[str, Mapping[str, JsonValue]]:
    """Return what plugins wrote; a turn that was not answered writes nothing."""
    if context.reply.outcome is not Outcome.ANSWERED:
        return {}
    return {name: store.written for name, store in context.plugin_stores.items()}
