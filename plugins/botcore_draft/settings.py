"""What can be chosen, by who asks and by who operates the bot."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["reply", "email", "announcement"]
Tone = Literal["neutral", "formal", "friendly"]
Length = Literal["short", "medium", "long"]


class DraftSettings(BaseModel):
    """The table `[plugins.draft]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tone: Tone = "neutral"  # when none is asked for
    length: Length = "medium"
    messages: int = Field(default=20, gt=0)  # of the conversation, that a draft without notes reads
