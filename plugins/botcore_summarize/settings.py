"""What can be configured."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from botcore import Choosable


class SummarizeSettings(BaseModel):
    """The table `[plugins.summarize]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    last: Annotated[int, Choosable()] = Field(
        default=200, gt=0, title="How many messages a summary reads, when no number is given"
    )
    # A longer chat is read in parts. Small parts are summarized better, and faster on a CPU.
    window_tokens: int = Field(default=6000, ge=512)
