"""The settings of `[engine]` in botcore.toml that this engine knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from botcore.engine import Limits
from botcore.errors import ConfigError
from botcore_llama.model_files import BUNDLED, ModelFiles
from botcore_llama.models_folder import find_model

ANSWER_TOKENS = 512

# Llama 3.1 and later could read 131,072. On a CPU that takes the better part of an hour and, at a
# quarter to one MiB a token for each slot, more memory than there is: whoever has both says so.
CONTEXT_TOKENS = 8192


class LlamaSettings(BaseModel):
    """How the model is loaded and shared. Every field has a default that works."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Path = BUNDLED  # a directory that CTranslate2 can run, or the name of a model that is kept
    compute_type: Literal["default", "int8", "int8_float32", "int16", "float32"] = "default"
    threads: int | None = Field(default=None, ge=1, le=1024)  # None: one for each physical core
    slots: int | None = Field(default=None, ge=1, le=64)  # answers made at once; see `slot_count`
    context_tokens: int | None = Field(default=None, ge=128)  # None: 8192, or what the model can read
    answer_tokens: int | None = Field(default=None, ge=1)  # None: 512, at most a quarter of the context
    temperature: float | None = Field(default=None, ge=0, le=2)  # None: as the model's makers say, or 0.6
    top_p: float | None = Field(default=None, gt=0, le=1)  # None: as the model's makers say, or 0.9
    repetition_penalty: float = Field(default=1.0, ge=1, le=2)
    queue_limit: int = Field(default=1000, ge=1)  # how many may wait
    stall_seconds: float = Field(default=60.0, gt=0)  # without a token before the server is replaced
    health_seconds: float = Field(default=10.0, gt=0)  # without a sign of life before it is
    # For `botcore model pull` alone, so they are not handed to the model server.
    hub_endpoint: str | None = Field(default=None, pattern="^https?://", exclude=True)  # None: HF_ENDPOINT
    hub_token: SecretStr | None = Field(default=None, exclude=True)  # None: HF_TOKEN

    @field_validator("model", mode="before")
    @classmethod
    def _keep_a_path_a_path(cls, model: Any) -> Any:
        """Tell `./name`, a folder here, from `name`, which may be that of a model that is kept."""
        return Path(model).absolute() if str(model).startswith(("./", "../")) else model

    @property
    def thread_count(self) -> int:
        return self.threads or physical_cores()

    @property
    def setup(self) -> str:
        """What the speed of a model hangs on, beside the machine."""
        return f"{self.compute_type}, {self.thread_count} threads, {self.slot_count} slots"

    @property
    def slot_count(self) -> int:
        """How many answers are made at once; the threads are shared out among them.

        A running batch can't be joined, so with one slot a short question waits for the whole of a
        long answer (measured: 9.7 s instead of 1.1 s). Two slots on half the threads each cost a
        lone user some speed and spare everyone else that wait; the weights are shared.
        """
        return self.slots or 2


def read_settings(settings: Mapping[str, Any]) -> LlamaSettings:
    try:
        read = LlamaSettings.model_validate(dict(settings))
    except ValidationError as error:
        raise ConfigError(_explain(error)) from error
    try:
        return read.model_copy(update={"model": read.model.expanduser()})
    except RuntimeError as error:
        raise ConfigError(f"engine.model is {str(read.model)!r}, but nobody here has that name.") from error


def located(settings: LlamaSettings, data_folder: Path) -> LlamaSettings:
    """Return settings whose model is a folder: a name is looked up among those kept in the data folder."""
    if settings.model.is_absolute():
        return settings
    folder = find_model(data_folder, str(settings.model))
    return settings.model_copy(update={"model": folder}) if folder else settings


def _explain(error: ValidationError) -> str:
    """Say in one line which key is wrong and what was expected."""
    first = error.errors()[0]
    key = ".".join(["engine", *map(str, first["loc"])])
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(LlamaSettings.model_fields))
        return f"{key} is not a setting. The settings of this engine are: {known}."
    return f"{key} is {first['input']!r}: {first['msg'][:1].lower()}{first['msg'][1:]}."


def limits_of(settings: LlamaSettings, files: ModelFiles) -> Limits:
    context = settings.context_tokens or min(CONTEXT_TOKENS, files.context_tokens)
    if context > files.context_tokens:
        raise ConfigError(
            f"engine.context_tokens is {context}, but {files.name} reads at most {files.context_tokens}."
        )
    return Limits(context, min(settings.answer_tokens or ANSWER_TOKENS, context // 4))


def physical_cores() -> int:
    """Count the cores this process may use; two threads of one core share its arithmetic."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    cores = set()
    for cpu in usable:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.is_file() else str(cpu))
    return len(cores) or os.cpu_count() or 1
