"""What can be configured."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from botcore import Choosable


class CodeSettings(BaseModel):
    """The table `[plugins.code]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Of code whose fence names none.
    language: Annotated[str, Choosable()] = Field(
        default="", pattern=r"^[\w+#.-]*$", title="The usual language of code"
    )
    messages: Annotated[int, Choosable()] = Field(
        default=50, gt=0, title="How many messages are searched for code"
    )
    answer_tokens: int = Field(default=2048, gt=0)  # the longest answer
