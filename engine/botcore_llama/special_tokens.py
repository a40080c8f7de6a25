"""The names of the tokens that no text becomes.

Llama 3 has 256 of them behind its ordinary tokens. Most are reserved; from 3.1 on three of those have
names and a meaning. The names are those of the `tokenizer.json` that Meta publishes with each model.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from botcore.errors import ModelError
from botcore_llama.family import Family

SPECIAL_TOKEN_COUNT = 256

# Where the tokens with a name stand, counted from the first special one; the rest are reserved.
LLAMA_3 = {
    0: "begin_of_text",
    1: "end_of_text",
    6: "start_header_id",
    7: "end_header_id",
    9: "eot_id",
}
LLAMA_3_1 = {**LLAMA_3, 4: "finetune_right_pad_id", 8: "eom_id", 10: "python_tag"}

# Without these there is no prompt.
NEEDED = tuple(f"<|{name}|>" for name in LLAMA_3.values())
CHATML = "<|im_start|>"


def special_token_names(family: Family = Family.LLAMA_3_1) -> list[str]:
    """Return the names of the special tokens in the order of their ids."""
    named = LLAMA_3 if family is Family.LLAMA_3 else LLAMA_3_1
    reserved = iter(range(SPECIAL_TOKEN_COUNT))
    places = range(SPECIAL_TOKEN_COUNT)
    return [f"<|{named.get(place) or f'reserved_special_token_{next(reserved)}'}|>" for place in places]


def check_names(names: Sequence[str], origin: str) -> None:
    """Refuse special tokens with which Llama 3's prompts can't be written; `origin`: whose they are."""
    _refuse_other_formats(names, origin)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise ModelError(
            f"{origin} is no tokenizer of the Llama 3 family: it has no {', '.join(missing)}. "
            "Choose a model that speaks in Llama 3's own format."
        )
    if len(set(names)) < len(names):
        raise ModelError(f"{origin} is damaged: it names a special token twice. Get the file again.")


def _refuse_other_formats(names: Collection[str], origin: str) -> None:
    """A fine-tune that was taught another chat format would answer nonsense to Llama 3's."""
    if CHATML in names:
        raise ModelError(
            f"{origin} belongs to a model that was taught to chat in ChatML ({CHATML} …), which is not "
            "supported. Choose a model that speaks in Llama 3's own format."
        )
