"""The bundled model learned the very form that the plugin writes and checks."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import get_args

from botcore import Message
from botcore.transcript import transcript
from botcore_draft.checking import Checker
from botcore_draft.command import system_prompt
from botcore_draft.facts import known
from botcore_draft.material import Material
from botcore_draft.notes import read_notes
from botcore_draft.settings import Kind, Length, Tone
from training.talk import drafts, tasks
from training.talk.summaries import some_days, summary_pair
from training.talk.summaries import transcript as learned_transcript
from training.talk.vocabulary import HELD_OUT, TRAIN, Vocabulary
from training.talk.words import Words

MAKES = [(seed, vocabulary) for seed in range(150) for vocabulary in (TRAIN, HELD_OUT)]


def made(seed: int, vocabulary: Vocabulary) -> drafts.Draft:
    return drafts.make(Words(random.Random(seed), vocabulary), 4)


def test_notes_read_back_as_they_were_in_training() -> None:
    for seed, vocabulary in MAKES:
        material = made(seed, vocabulary).material

        if material.startswith("Notes:\n"):
            assert Material((), read_notes(material.removeprefix("Notes:\n"))).text == material


def test_transcripts_look_as_they_did_in_training_and_as_in_summaries() -> None:
    words = Words(random.Random(1), TRAIN)
    thread, _, _ = summary_pair(words, 30)
    days = some_days(words, len(thread.said))
    messages = [
        Message(str(one.number), one.name, one.text, datetime(day.year, day.month, day.day, tzinfo=UTC))
        for one, day in zip(thread.said, days, strict=True)
    ]

    assert transcript(messages) == learned_transcript(thread.said, days)


def test_the_true_drafts_pass_the_check_unchanged() -> None:
    for seed, vocabulary in MAKES:
        draft = made(seed, vocabulary)
        checker = Checker(known(f"{draft.material} {draft.writer}"))

        assert checker.feed(draft.text) + checker.rest() == draft.text.strip()


def test_the_prompt_is_filled_as_it_was_in_training() -> None:
    for seed in range(20):
        learned = tasks.draft(Words(random.Random(seed), TRAIN), 4)
        draft = made(seed, TRAIN)

        prompt = system_prompt(draft.kind, draft.tone, draft.length, draft.writer)  # type: ignore[arg-type]

        assert prompt.text == learned.system


def test_the_choices_are_those_of_training() -> None:
    assert get_args(Kind) == drafts.KINDS
    assert set(get_args(Tone)) == set(drafts.TONES)
    assert set(get_args(Length)) == set(drafts.LENGTHS)
