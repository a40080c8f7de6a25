"""How good the bundled model is, on words and sentences that training never saw.

    python bench/bundled_model.py [--threads 120] [--drafts 60] [--model FOLDER] [--show] [--json FILE]

Reads raw model text (greedy, nothing repaired): the share of action items found with their right owner
and task, how many are invented, how many summaries obey their contract, 20 fixed questions, and drafts
and help with code that are right word by word (other names, tasks and errors than in training, of the
same kinds).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from botcore_llama.chat_format import PromptMessage, prompt_ids
from botcore_llama.ctranslate2_runner import CTranslate2Runner
from botcore_llama.model_files import BUNDLED
from botcore_llama.request import Sampling
from botcore_llama.tokenizer import Tokenizer
from training.talk import contract
from training.talk.summaries import summary_pair
from training.talk.tasks import MAKERS, PROMPT_FILES, Conversation, prompt
from training.talk.threads import Thread
from training.talk.vocabulary import HELD_OUT
from training.talk.words import Words

QUESTIONS = Path(__file__).with_name("bundled_questions.json")
COMMANDS = "/help, /stop, /queue, /missed, /code, /draft, /summarize"
ANSWER_TOKENS = 700


class Model:
    """Answers one prompt after the other, always with the likeliest token."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.load(folder / "tokenizer.model")
        self._runner = CTranslate2Runner(
            folder, self._tokenizer.end_tokens, slots=1, threads=2, compute_type="int8"
        )
        self._runner.load()

    def answer(self, system: str, turns: Sequence[str]) -> str:
        """Answer the last of `turns`, which people and assistant wrote in turn."""
        messages = [PromptMessage("system", system)]
        messages += [PromptMessage(("user", "assistant")[n % 2], text) for n, text in enumerate(turns)]
        tokens: list[int] = []

        def take(token: int) -> bool:
            tokens.append(token)
            return False

        self._runner.generate(prompt_ids(self._tokenizer, messages), Sampling(ANSWER_TOKENS), take)
        return self._tokenizer.decode([token for token in tokens if not self._tokenizer.is_special(token)])

    def close(self) -> None:
        self._runner.close()


@dataclass(slots=True)
class Figures:
    """Counts; the units are in the names."""

    threads: int = 0
    messages: int = 0
    action_items_expected: int = 0
    action_items_found_with_owner_and_task: int = 0
    action_items_found_with_cited_message: int = 0
    action_items_invented: int = 0
    summaries_that_obey_the_contract: int = 0
    questions: int = 0
    questions_answered_with_all_facts: int = 0
    drafts: int = 0
    drafts_right_word_by_word: int = 0
    code_answers: int = 0
    code_answers_right_word_by_word: int = 0

    def shares(self) -> dict[str, float]:
        return {
            "action_items_right_percent": percent(
                self.action_items_found_with_owner_and_task, self.action_items_expected
            ),
            "action_items_invented_per_thread": round(self.action_items_invented / max(1, self.threads), 2),
            "contract_obeyed_percent": percent(self.summaries_that_obey_the_contract, self.threads),
        }


def percent(part: int, whole: int) -> float:
    return round(100 * part / max(1, whole), 1)


def held_out_thread(number: int) -> tuple[Thread, str, str]:
    """A thread of 2 to 24 messages that is the same on every machine, with transcript and summary."""
    rng = random.Random(f"bench-{number}")
    return summary_pair(Words(rng, HELD_OUT, invented=0.2, noise=0.1), rng.randint(2, 24))


def score(figures: Figures, thread: Thread, text: str) -> None:
    """Compare a summary with the truth; each true item may be found once."""
    figures.threads += 1
    figures.messages += len(thread.said)
    figures.summaries_that_obey_the_contract += not contract.problems(text, len(thread.said))
    left = {(one.owner.casefold(), one.task.casefold()): one for one in thread.actions}
    figures.action_items_expected += len(left)
    for item in contract.items(text):
        true = left.pop((item.owner.casefold(), item.task.casefold()), None)
        if true is None:
            figures.action_items_invented += 1
            continue
        figures.action_items_found_with_owner_and_task += 1
        cited = set(item.numbers) & {said.number for said in true.sources}
        figures.action_items_found_with_cited_message += bool(cited)


def summarize(model: Model, figures: Figures, count: int, show: bool) -> None:
    system = prompt(PROMPT_FILES[1])
    for number in range(count):
        thread, transcript, summary = held_out_thread(number)
        text = model.answer(system, [transcript])
        score(figures, thread, text)
        if show:
            print(f"\n##### {transcript}\n\n##### expected\n{summary}\n\n##### got\n{text}\n")


def ask(model: Model, figures: Figures, show: bool) -> None:
    system = prompt(PROMPT_FILES[0]).replace("{commands}", COMMANDS)
    for question in json.loads(QUESTIONS.read_text(encoding="utf-8")):
        turns: list[str] = []
        for text in question["turns"]:
            turns += [text, model.answer(system, [*turns, text])]
        right = all(any(one in turns[-1].casefold() for one in fact) for fact in question["facts"])
        figures.questions += 1
        figures.questions_answered_with_all_facts += right
        if show or not right:
            print(f"{'right' if right else 'WRONG'}: {turns[-2]!r} → {turns[-1]!r}")


def held_out(kind: str, number: int) -> Conversation:
    """A conversation of the draft or the code plugin that is the same on every machine."""
    rng = random.Random(f"bench-{kind}-{number}")
    return MAKERS[kind](Words(rng, HELD_OUT, invented=0.2, noise=0.1), rng.randint(1, 4))


def is_right(model: Model, made: Conversation, show: bool) -> bool:
    (_, asked), (_, expected) = made.turns
    got = model.answer(made.system, [asked])
    if show:
        print(f"\n##### {asked}\n\n##### expected\n{expected}\n\n##### got\n{got}\n")
    return got.strip() == expected.strip()


def draft_and_code(model: Model, figures: Figures, count: int, show: bool) -> None:
    for number in range(count):
        figures.drafts += 1
        figures.drafts_right_word_by_word += is_right(model, held_out("draft", number), show)
        figures.code_answers += 1
        figures.code_answers_right_word_by_word += is_right(model, held_out("code", number), show)


def report(figures: Figures) -> dict[str, Any]:
    found = asdict(figures) | figures.shares()
    for name, value in found.items():
        print(f"{name.replace('_', ' '):45} {value:>8}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=120, help="how many held-out threads")
    parser.add_argument("--drafts", type=int, default=60, help="how many held-out drafts, and as much code")
    parser.add_argument("--model", type=Path, default=BUNDLED)
    parser.add_argument("--show", action="store_true", help="print every answer")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    model, figures = Model(options.model), Figures()
    try:
        ask(model, figures, options.show)
        summarize(model, figures, options.threads, options.show)
        draft_and_code(model, figures, options.drafts, options.show)
    finally:
        model.close()
    found = report(figures)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
