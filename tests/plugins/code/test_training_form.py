"""The bundled model learned the very form that the plugin writes."""

from __future__ import annotations

import random

from botcore_code.command import system_prompt
from botcore_code.fences import read_fences
from botcore_code.request import JOBS
from training.talk import code, tasks
from training.talk.vocabulary import TRAIN
from training.talk.words import Words


def test_the_jobs_are_told_as_they_were_in_training() -> None:
    assert code.JOBS == JOBS


def test_prompts_and_questions_look_as_they_did_in_training() -> None:
    prompts = {system_prompt(job).text for job in JOBS}
    for seed in range(60):
        learned = tasks.coding(Words(random.Random(seed), TRAIN), 4)
        codes, remark = read_fences(learned.turns[0][1])

        assert learned.system in prompts
        if codes:
            again = "\n\n".join(filter(None, [codes[0].fenced, remark]))
            assert again == learned.turns[0][1]
