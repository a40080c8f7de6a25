"""The generator of training conversations: same seed, same text; true summaries obey the contract."""

from __future__ import annotations

import random
import re
from dataclasses import fields
from difflib import get_close_matches

import pytest

from training.talk import contract
from training.talk.summaries import summary_pair
from training.talk.tasks import MAKERS, Conversation, chat, combine, repair
from training.talk.threads import upper
from training.talk.vocabulary import HELD_OUT, TRAIN, Vocabulary, read
from training.talk.words import Words

SHORT = 5  # letters: there are only so many ways to say yes
SYLLABLES = ("start", "middle", "end")


def words(seed: int, vocabulary: Vocabulary = TRAIN) -> Words:
    return Words(random.Random(seed), vocabulary, noise=0.3)


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_the_same_seed_makes_the_same_conversation(kind: str) -> None:
    assert MAKERS[kind](words(7), 6) == MAKERS[kind](words(7), 6)
    assert MAKERS[kind](words(7), 6) != MAKERS[kind](words(8), 6)


@pytest.mark.parametrize("name", [field.name for field in fields(Vocabulary) if field.name not in SYLLABLES])
def test_held_out_words_and_templates_are_not_trained(name: str) -> None:
    trained = {text.casefold() for text in getattr(TRAIN, name) if text}
    held_out = {text.casefold() for text in getattr(HELD_OUT, name) if text}
    assert not trained & held_out


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z{}]+", text.casefold()))


@pytest.mark.parametrize("name", sorted(read("sentences_train.toml")))
def test_held_out_sentences_are_not_nearly_trained(name: str) -> None:
    trained = {plain(text) for text in getattr(TRAIN, name)}
    for held_out in map(plain, getattr(HELD_OUT, name)):
        if len(held_out) > SHORT:
            assert get_close_matches(held_out, trained, n=1, cutoff=0.9) == []


@pytest.mark.parametrize("name", SYLLABLES)
def test_made_up_words_are_put_together_from_other_syllables(name: str) -> None:
    assert not set(getattr(TRAIN, name)) & set(getattr(HELD_OUT, name))


@pytest.mark.parametrize("vocabulary", [TRAIN, HELD_OUT], ids=["trained", "held out"])
def test_true_summaries_obey_the_contract(vocabulary: Vocabulary) -> None:
    for seed in range(200):
        thread, _, summary = summary_pair(words(seed, vocabulary), 1 + seed % 30)
        assert contract.problems(summary, len(thread.said)) == []


def test_the_action_items_of_a_true_summary_can_be_read_back() -> None:
    for seed in range(100):
        thread, _, summary = summary_pair(words(seed), 12)
        read = {(item.owner, item.task, item.date) for item in contract.items(summary)}
        assert {
            (one.owner, one.task if one.owner else upper(one.task), one.date) for one in thread.actions
        } == read


def test_a_transcript_numbers_its_messages_under_their_days() -> None:
    for seed in range(50):
        thread, transcript, _ = summary_pair(words(seed), 10)
        lines = transcript.split("\n")
        assert re.fullmatch(r"--- [A-Z][a-z]+day [1-9]\d? [A-Z][a-z]+ \d{4}", lines[0])
        heads = [line for line in lines if not line.startswith(("---", "    "))]
        assert len(heads) == len(thread.said)
        for number, (line, said) in enumerate(zip(heads, thread.said, strict=True), 1):
            assert line == f"[{number}] {said.name}: {said.text.splitlines()[0]}"


def points_of(conversation: Conversation) -> int:
    return len(re.findall(r"^\[\d+\]", conversation.turns[0][1], re.MULTILINE))


def test_combined_summaries_obey_the_contract() -> None:
    for seed in range(50):
        made = combine(words(seed), 10)
        assert contract.problems(made.turns[1][1], points_of(made)) == []


def test_repairs_end_in_a_sound_summary_and_do_not_teach_the_broken_one() -> None:
    for seed in range(50):
        made = repair(words(seed), 8)
        assert made.unlearned == 1
        assert f"[{points_of(made)}], and" in made.turns[2][1]
        assert contract.problems(made.turns[3][1], points_of(made)) == []


def test_a_dialogue_names_the_commands_of_its_system_prompt() -> None:
    for seed in range(300):
        made = chat(words(seed), 4)
        listed = made.system.split("Commands people can type: ")[1].rstrip(".")
        assert "{" not in made.system
        for role, text in made.turns:
            if role == "assistant" and text.startswith("You can type /"):
                assert text == f"You can type {listed}."


EMPTY = "\n\nDecisions\n- none\n\nAction items\n- none\n\nOpen questions\n- none\n\nDisagreements\n- none"


@pytest.mark.parametrize(
    "text",
    [
        "no summary at all",
        "TL;DR\n- [3] Fine." + EMPTY,
        "TL;DR\n- Fine." + EMPTY,
        "TL;DR\n- none" + EMPTY,
        "TL;DR\n- [1] Fine." + EMPTY.replace("Decisions", "Action items", 1),
        "TL;DR\n- [1] Fine." + EMPTY.replace("- none", "", 1),
    ],
    ids=["prose", "no such message", "no number", "empty TL;DR", "wrong heading", "empty section"],
)
def test_the_contract_finds_what_is_wrong(text: str) -> None:
    assert contract.problems("TL;DR\n- [1] Fine." + EMPTY, 2) == []
    assert contract.problems(text, 2)
