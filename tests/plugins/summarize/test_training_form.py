"""The bundled model learned the very form that the plugin writes and reads."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from botcore import Message
from botcore.transcript import transcript
from botcore_summarize import combining
from botcore_summarize.checking import check
from botcore_summarize.contract import read_answer
from botcore_summarize.summary import Dropped, Section
from botcore_summarize.support import Source
from botcore_summarize.talk import Line
from training.talk.summaries import some_days, summary_pair
from training.talk.summaries import transcript as learned_transcript
from training.talk.tasks import LABELS
from training.talk.threads import Thread
from training.talk.vocabulary import HELD_OUT, TRAIN, Vocabulary
from training.talk.words import Words


def messages_of(made: Thread) -> list[Message]:
    return [Message(str(one.number), one.name, one.text) for one in made.said]


def sources_of(messages: Sequence[Message]) -> list[Source]:
    return [
        Source(message.text, message.author, (Line(number, message),))
        for number, message in enumerate(messages, 1)
    ]


@pytest.mark.parametrize("vocabulary", [TRAIN, HELD_OUT], ids=["train", "held out"])
def test_the_true_summaries_lose_nothing_in_the_check(vocabulary: Vocabulary) -> None:
    for seed in range(100):
        made, _, answer = summary_pair(Words(random.Random(seed), vocabulary), 3 + seed % 40)
        messages = messages_of(made)

        read = read_answer(answer, len(messages))
        draft = check(read, sources_of(messages), {message.author for message in messages})

        assert read.problem == ""
        assert draft.dropped == Dropped()
        assert len(draft.bullets()) == sum(map(len, read.points.values()))
        assert {bullet.owner for bullet in draft.sections[Section.ACTIONS]} == {
            action.owner for action in made.actions
        }


def test_transcripts_look_as_they_did_in_training() -> None:
    words = Words(random.Random(1), TRAIN)
    made, _, _ = summary_pair(words, 30)
    days = some_days(words, len(made.said))

    messages = [
        replace(message, sent_at=datetime(day.year, day.month, day.day, tzinfo=UTC))
        for message, day in zip(messages_of(made), days, strict=True)
    ]

    assert transcript(messages) == learned_transcript(made.said, days)


def test_points_are_labelled_as_they_were_in_training() -> None:
    assert {str(section): label for section, label in combining.LABELS.items()} == LABELS
