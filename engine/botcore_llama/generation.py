"""How a model's makers want it to answer: Hugging Face's `generation_config.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from botcore.errors import ModelError

FILE = "generation_config.json"


@dataclass(frozen=True, slots=True)
class Generation:
    """What the file says; nothing where there is no file."""

    end_tokens: tuple[int, ...] = ()  # each of them ends an answer
    sampling: Mapping[str, float] = field(default_factory=dict)  # temperature and top_p, if told


class GenerationConfig(BaseModel):
    """Those of its fields that a CPU server heeds."""

    eos_token_id: NonNegativeInt | list[NonNegativeInt] | None = None
    do_sample: bool | None = None
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)

    @property
    def end_tokens(self) -> tuple[int, ...]:
        """What Hugging Face writes as nothing, one id or a list of them."""
        ids = self.eos_token_id
        if ids is None:
            return ()
        return tuple(ids) if isinstance(ids, list) else (ids,)

    @property
    def sampling(self) -> dict[str, float]:
        if self.do_sample is False:  # said aloud: always the likeliest token
            return {"temperature": 0.0}
        told = {"temperature": self.temperature, "top_p": self.top_p}
        return {name: value for name, value in told.items() if value is not None}


def read_generation(folder: Path) -> Generation:
    """Read what stands beside a model. Older ones have their end tokens in `config.json` only."""
    config = _read(folder / FILE)
    end_tokens = config.end_tokens or _read(folder / "config.json").end_tokens
    return Generation(end_tokens, config.sampling)


def _read(path: Path) -> GenerationConfig:
    if not path.is_file():
        return GenerationConfig()
    try:
        return GenerationConfig.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"][:1])) or "it"
        raise ModelError(f"{path}: {place}: {first['msg']}. Get the file again.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} can't be read ({error}). Get the file again.") from error
