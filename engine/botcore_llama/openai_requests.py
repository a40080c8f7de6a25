"""What clients may ask for: the bodies of requests in OpenAI's chat API.

What OpenAI's fields can't say stands in `x_botcore`, which other clients leave out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from botcore.engine import Priority
from botcore_llama.chat_format import PromptMessage, ToolCall
from botcore_llama.family import ToolFormat
from botcore_llama.openai_api import BadRequest
from botcore_llama.openai_tools import ApiCall, ToolFields
from botcore_llama.request import Sampling
from botcore_llama.settings import LlamaSettings


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


class MessageExtra(BaseModel):
    end: Literal["eot", "eom"] | None = None  # how the model ended that message


class ApiMessage(BaseModel):
    role: Literal["system", "user", "assistant", "tool"]
    content: str | list[TextPart] | None = None
    tool_calls: list[ApiCall] | None = None
    x_botcore: MessageExtra = MessageExtra()

    @field_validator("content", mode="before")
    @classmethod
    def _is_text(cls, content: Any) -> Any:
        parts = content if isinstance(content, list) else ()
        for kind in (part.get("type") for part in parts if isinstance(part, dict)):
            if kind != "text":
                raise ValueError(f"this model reads text only, not {kind}")
        return content

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.tool_calls and self.role != "assistant":
            raise ValueError("only the assistant makes tool_calls")
        if self.content is None and not self.tool_calls:
            raise ValueError("content is missing")
        return self

    def to_prompt(self) -> PromptMessage:
        content = self.content or ""
        text = content if isinstance(content, str) else [part.text for part in content]
        calls = [call.to_call() for call in self.tool_calls or ()]
        return PromptMessage(self.role, text, calls, self._awaits_result(calls))

    def _awaits_result(self, calls: Sequence[ToolCall]) -> bool:
        """A message of ours says so. Models end calls of tools that they know with eom, others with eot."""
        if self.x_botcore.end:
            return self.x_botcore.end == "eom"
        return any(call.builtin for call in calls)


class Extra(BaseModel):
    """What the scheduler wants to know."""

    priority: Priority = Priority.INTERACTIVE
    user: str = ""
    cache_key: str = ""  # for a runner that keeps what it computed; CTranslate2 does not
    deadline: float | None = None  # seconds from now to the last token
    tool_format: ToolFormat | None = None  # how the model writes calls; None: as its generation does


class StreamOptions(BaseModel):
    include_usage: bool = False


Messages = Annotated[list[ApiMessage], Field(min_length=1)]


class ChatRequest(ToolFields):
    """The body of `POST /v1/chat/completions`. Fields that are not known here are ignored."""

    messages: Messages
    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    stop: str | list[str] | None = None
    n: Literal[1] = 1
    user: str | None = None
    x_botcore: Extra = Extra()

    @property
    def stops(self) -> list[str]:
        return [self.stop] if isinstance(self.stop, str) else list(self.stop or ())

    @property
    def asked_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def share(self) -> str:
        """Whose share of the model this uses."""
        return self.x_botcore.user or self.user or ""


class TokenizeRequest(ToolFields):
    """The body of `POST /tokenize`: messages as they would be prompted, or a bare text."""

    x_botcore: Extra = Extra()

    messages: Messages | None = None
    prompt: str | None = None


Body = TypeVar("Body", bound=BaseModel)


def parse(kind: type[Body], body: bytes) -> Body:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "body"
        said = first["msg"].removeprefix("Value error, ")  # which pydantic puts before our own words
        raise BadRequest(f"{place}: {said}") from error


def sampling_of(
    request: ChatRequest,
    settings: LlamaSettings,
    metadata: Mapping[str, Any],
    most_tokens: int,
) -> Sampling:
    """Fill in what the request leaves open: from the settings, the model's makers, or Llama's habit."""

    def chosen(asked: float | None, configured: float | None, name: str, usual: float) -> float:
        known = [value for value in (asked, configured, metadata.get(name)) if value is not None]
        return float(known[0]) if known else usual

    return Sampling(
        max_tokens=most_tokens,
        temperature=chosen(request.temperature, settings.temperature, "temperature", 0.6),
        top_p=chosen(request.top_p, settings.top_p, "top_p", 0.9),
        top_k=request.top_k or 0,
        repetition_penalty=settings.repetition_penalty,
    )
