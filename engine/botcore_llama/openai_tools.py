"""The words of OpenAI's API about tools."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, Field, field_validator

from botcore_llama.chat_format import ToolCall
from botcore_llama.tools import MUST_USE, MUST_USE_ANY, Tool

ToolName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class FunctionSpec(BaseModel):
    """A function that the model may call."""

    name: ToolName
    description: str | None = None
    parameters: dict[str, Any] | None = None  # a JSON schema of an object

    @field_validator("parameters")
    @classmethod
    def _is_schema(cls, schema: dict[str, Any] | None) -> dict[str, Any] | None:
        if schema and not isinstance(schema.get("properties", {}), dict):
            raise ValueError("properties must be an object")
        return schema

    def to_tool(self) -> Tool:
        return Tool(self.name, self.description or "", self.parameters or {})


class ToolSpec(BaseModel):
    type: Literal["function"]
    function: FunctionSpec


class FunctionName(BaseModel):
    name: ToolName


class NamedChoice(BaseModel):
    type: Literal["function"]
    function: FunctionName


class CalledFunction(BaseModel):
    """A function that was called, its arguments as the text of a JSON object."""

    name: ToolName
    arguments: str = "{}"

    @field_validator("arguments")
    @classmethod
    def _is_object(cls, text: str) -> str:
        try:
            value = json.loads(text or "{}")
        except (ValueError, RecursionError) as error:
            raise ValueError(f"must be the text of a JSON object, and is not: {error}") from error
        if not isinstance(value, dict):
            raise ValueError("must be the text of a JSON object")
        return text or "{}"


class ApiCall(BaseModel):
    """A call in an assistant's message."""

    id: str = ""
    type: Literal["function"] = "function"
    function: CalledFunction

    def to_call(self) -> ToolCall:
        return ToolCall(self.function.name, json.loads(self.function.arguments))


class ToolFields(BaseModel):
    """The fields of a request that are about tools."""

    tools: list[ToolSpec] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedChoice | None = None
    parallel_tool_calls: bool = True

    @property
    def offered(self) -> list[Tool]:
        """What the model may call."""
        if self.tool_choice == "none":
            return []
        return [spec.function.to_tool() for spec in self.tools or ()]

    @property
    def demand(self) -> str:
        """What the model is told to do. Nothing forces it: it may answer in words all the same."""
        if isinstance(self.tool_choice, NamedChoice):
            return MUST_USE.format(name=self.tool_choice.function.name)
        return MUST_USE_ANY if self.tool_choice == "required" else ""


def api_calls(calls: Iterable[ToolCall]) -> list[dict[str, Any]]:
    """Return calls as an answer carries them."""
    return [
        {
            "id": f"call_{uuid4().hex}",
            "type": "function",
            "function": {
                "name": call.name,
                "arguments": json.dumps(dict(call.arguments), ensure_ascii=False),
            },
        }
        for call in calls
    ]
