"""The generations of Llama 3, and what differs between them besides their weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum


class ToolFormat(StrEnum):
    """How a model writes a call of a function that somebody else defined."""

    JSON = "json"  # {"type": "function", "name": "f", "parameters": {"a": 1}}
    FUNCTION_TAG = "function_tag"  # <function=f>{"a": 1}</function>
    PYTHON_LIST = "python_list"  # [f(a=1)]


class Family(StrEnum):
    """A generation of text models."""

    LLAMA_3 = "3"
    LLAMA_3_1 = "3.1"
    LLAMA_3_2 = "3.2"
    LLAMA_3_3 = "3.3"

    @property
    def tool_format(self) -> ToolFormat | None:
        """The form that Meta's documentation asks this generation for; None: it was taught no tools."""
        return TOOL_FORMATS[self]


TOOL_FORMATS = {
    Family.LLAMA_3: None,
    Family.LLAMA_3_1: ToolFormat.JSON,
    Family.LLAMA_3_2: ToolFormat.PYTHON_LIST,
    Family.LLAMA_3_3: ToolFormat.PYTHON_LIST,
}

# How far the text models' RoPE is stretched, and which generations that can be. Llama 3's is not at all.
FACTORS: Mapping[float, Sequence[Family]] = {
    8.0: (Family.LLAMA_3_1, Family.LLAMA_3_3),
    32.0: (Family.LLAMA_3_2,),
}
STRETCHED = (Family.LLAMA_3_1, Family.LLAMA_3_2, Family.LLAMA_3_3)

NAME = re.compile(r"llama[-_ ]?(3[._][123])(?!\d)", re.IGNORECASE)


def find_family(scaling_factor: float | None, names: Iterable[str] = ()) -> Family:
    """Return the generation of a model whose RoPE is stretched by `scaling_factor`, None if it is not.

    3.1 70B and 3.3 70B have the same shape and settings, so the model's names are asked too. They are
    believed only where the weights can be meant: a name is easily given, a stretched RoPE is not.
    """
    if scaling_factor is None:
        return Family.LLAMA_3
    possible = FACTORS.get(scaling_factor, STRETCHED)
    named = (Family(found[1].replace("_", ".")) for name in names for found in NAME.finditer(name))
    return next((family for family in named if family in possible), possible[0])
