"""What can be chosen, by who asks and by who operates the bot."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from botcore import Choosable

Kind = Literal["reply", "email", "announcement"]
Tone = Literal["neutral", "formal", "friendly"]
Length = Literal["short", "medium", "long"]


class DraftSettings(BaseModel):
    """The table `[plugins.draft]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tone: Annotated[Tone, Choosable()] = Field(default="neutral", title="Tone, when none is asked for")
    length: Annotated[Length, Choosable()] = Field(default="medium", title="Length, when none is asked for")
    # Of the conversation, by a draft without notes.
    messages: Annotated[int, Choosable()] = Field(default=20, gt=0, title="How many messages a draft reads")
