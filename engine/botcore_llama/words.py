"""All that is about words in a model: its tokenizer, the names of its tokens, where its answers end.

A checkpoint's own files are read here when it is converted, and a converted model's when it is served.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botcore.errors import ModelError
from botcore_llama import generation
from botcore_llama.family import Family, find_family
from botcore_llama.model_files import TOKENIZERS, VOCABULARY, read_json
from botcore_llama.special_tokens import check_names, special_token_names
from botcore_llama.tokenizer import Tokenizer, read_ranks
from botcore_llama.tokenizer_json import read_tokenizer_json

# The embedding table may have some rows more than there are tokens, so that its size divides well.
MOST_SPARE_ROWS = 1024
FOLDERS_WITH_NAMES = 3  # a download keeps a model in models--owner--name/snapshots/revision
HEADER_MARK = "start_header_id"  # in every chat template that writes prompts as Llama 3 does


@dataclass(frozen=True, slots=True)
class Words:
    """What of a checkpoint is about words."""

    source: Path
    tokenizer: Tokenizer
    vocabulary: Sequence[str]  # a name for each row of the embedding table
    family: Family
    end_tokens: Sequence[int]  # each of them ends an answer

    def write(self, folder: Path) -> None:
        """Write the files that a converted model needs."""
        self.tokenizer.save(folder / "tokenizer.model")
        text = json.dumps(self.vocabulary, indent=1, ensure_ascii=False)
        (folder / VOCABULARY).write_text(text + "\n", encoding="utf-8")
        if (self.source / generation.FILE).is_file():
            shutil.copyfile(self.source / generation.FILE, folder / generation.FILE)

    def settings(self) -> dict[str, Any]:
        """Return the fields of a converted model's `config.json`."""
        told = {"family": self.family.value, "end_tokens": list(self.end_tokens)}
        return told | ({"text_tokens": self.tokenizer.text} if self.tokenizer.text else {})


def read_words(
    source: Path, rows: int, scaling_factor: float | None = None, names: Iterable[str] = ()
) -> Words:
    """Read a checkpoint's words, and refuse a tokenizer that does not fit.

    `rows`: of the embedding table. `scaling_factor`: by which RoPE is stretched, None if it is not.
    `names`: what the model is called, beside the names of its folder and of those around it.
    """
    refuse_other_chats(source)
    family = find_family(scaling_factor, [*names, *reversed(source.resolve().parts[-FOLDERS_WITH_NAMES:])])
    tokenizer = read_tokenizer(source, family)
    ends = sorted({*generation.read_generation(source).end_tokens, *tokenizer.end_tokens})
    _check_fit(source, tokenizer, rows, ends)
    spare = [f"<extra_id_{number}>" for number in range(rows - len(tokenizer))]
    return Words(source, tokenizer, [*tokenizer.vocabulary(), *spare], family, ends)


def read_tokenizer(folder: Path, family: Family) -> Tokenizer:
    """Read a checkpoint's tokenizer from whichever file it has; of both, see that they agree."""
    original, exported = (folder / name for name in TOKENIZERS)
    if not exported.is_file():
        return Tokenizer(read_ranks(original), special_token_names(family))
    read = read_tokenizer_json(exported)
    tokenizer = Tokenizer(read.ranks, read.special, read.text)
    if original.is_file() and not tokenizer.same_text_tokens(read_ranks(original)):
        raise ModelError(
            f"{original} and tokenizer.json beside it are of different models. "
            "Remove the one that is not this model's, or get both again."
        )
    return tokenizer


def served_tokenizer(folder: Path) -> Tokenizer:
    """Read a converted model's tokenizer, whose special tokens are named in its vocabulary."""
    vocabulary = _read_vocabulary(folder / VOCABULARY)
    original, exported = (folder / name for name in TOKENIZERS)
    if original.is_file():
        ranks, text = read_ranks(original), _text_tokens(folder / "config.json")
    else:
        read = read_tokenizer_json(exported)
        ranks, text = read.ranks, read.text
    names = vocabulary[len(ranks) :]
    check_names(names, str(folder / VOCABULARY))
    tokenizer = Tokenizer(ranks, names, [name for name in text if name in names])
    if tokenizer.vocabulary() != vocabulary:
        raise ModelError(
            f"The tokenizer in {folder} does not fit: vocabulary.json has other tokens. "
            "Convert or get the model again."
        )
    return tokenizer


def _read_vocabulary(path: Path) -> list[str]:
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} can't be read ({error}). Convert or get the model again.") from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelError(f"{path} is damaged: it is no list of tokens. Convert or get the model again.")
    return names


def _text_tokens(path: Path) -> list[str]:
    names = read_json(path).get("text_tokens", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelError(f"{path} is damaged: its text_tokens are {names!r}.")
    return names


def _check_fit(source: Path, tokenizer: Tokenizer, rows: int, ends: Sequence[int]) -> None:
    tokens = len(tokenizer)
    if not tokens <= rows < tokens + MOST_SPARE_ROWS:
        raise ModelError(
            f"The tokenizer in {source} does not fit: it has {tokens} tokens, the model {rows}. "
            "Put the model's own tokenizer beside it."
        )
    if beyond := [token for token in ends if token >= rows]:
        raise ModelError(
            f"{source / generation.FILE} ends answers with token {beyond[0]}, but the model has only "
            f"{rows}. Get the model's own file."
        )


def refuse_other_chats(source: Path) -> None:
    """Refuse a fine-tune, or an adapter, whose chat template writes other prompts than Llama 3's."""
    for path, template in _chat_templates(source):
        if template and HEADER_MARK not in template:
            raise ModelError(
                f"{path} asks for another chat format than Llama 3's, which is not supported. "
                "Choose a model that speaks in Llama 3's own format."
            )


def _chat_templates(source: Path) -> Iterable[tuple[Path, str]]:
    path = source / "chat_template.jinja"
    if path.is_file():
        yield path, path.read_text(encoding="utf-8", errors="replace")
    path = source / "tokenizer_config.json"
    if path.is_file():
        template = read_json(path).get("chat_template") or ""
        yield path, template if isinstance(template, str) else json.dumps(template)
