"""Whether our prompts have the ids that Meta's own code gives the same dialogs.

    python bench/prompts.py [--count 5000] [--seed 1] [--keep FILE]

Random dialogs with every kind of message and call, in every form of calls, are rendered by the package
llama-models and by us. Needs `make reference`, and Llama 3's tokenizer (see CONTRIBUTING.md, "Test
data"). Ends with an error when one differs. `tests/engine/dialogs_of_meta.json` was kept by
`--count 60 --seed 11`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.reference import environment
from botcore_llama.chat_format import PromptMessage, ToolCall, prompt_ids
from botcore_llama.family import ToolFormat
from botcore_llama.tokenizer import Tokenizer

DATA = Path(os.environ.get("BOTCORE_TEST_DATA", environment.REPOSITORY.parent / "shared"))
TOKENIZER = DATA / "llama3" / "tokenizer.model"


def compare(tokenizer: Path, dialogs: list[dict[str, Any]]) -> int:
    """Return how many dialogs we render in another way."""

    def read(message: dict[str, Any]) -> PromptMessage:
        text = message["content"]
        if "context" in message:  # Meta's code puts it behind what the user said
            text = [*([text] if isinstance(text, str) else text), "\n\n", message["context"]]
        calls = [ToolCall(call["name"], call["arguments"]) for call in message.get("tool_calls", ())]
        return PromptMessage(message["role"], text, calls, message.get("end") == "eom")

    ours = Tokenizer.load(tokenizer)
    return sum(
        prompt_ids(ours, map(read, dialog["messages"]), ToolFormat(dialog["format"])) != dialog["ids"]
        for dialog in dialogs
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=5000, help="how many dialogs")
    parser.add_argument("--seed", type=int, default=1, help="other dialogs for another number")
    parser.add_argument("--keep", type=Path, help="write the dialogs and their ids there, too")
    arguments = parser.parse_args()
    if not environment.is_there() or not TOKENIZER.is_file():
        print(f"Not compared: {environment.MISSING if TOKENIZER.is_file() else f'no {TOKENIZER}.'}")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.keep or Path(folder) / "dialogs.json"
        environment.dialogs(TOKENIZER, arguments.count, arguments.seed, path)
        rendered = json.loads(path.read_text(encoding="utf-8"))
    different = compare(TOKENIZER, rendered)
    print(f"{len(rendered)} dialogs, {different} of them rendered otherwise than by Meta's code.")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
