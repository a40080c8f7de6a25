"""What can be configured."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CodeSettings(BaseModel):
    """The table `[plugins.code]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str = Field(default="", pattern=r"^[\w+#.-]*$")  # of code whose fence names none
    messages: int = Field(default=50, gt=0)  # of the conversation, where code is looked for
    answer_tokens: int = Field(default=2048, gt=0)  # the longest answer
