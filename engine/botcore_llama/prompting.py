"""The prompt of a request, as the model of this server wants it."""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from datetime import date

from botcore_llama.chat_format import prompt_ids
from botcore_llama.family import ToolFormat
from botcore_llama.openai_api import BadRequest
from botcore_llama.openai_requests import ApiMessage
from botcore_llama.openai_tools import NamedChoice, ToolFields
from botcore_llama.service import Model
from botcore_llama.tools import Tool, with_tools


def request_ids(
    model: Model, messages: Sequence[ApiMessage], asked: ToolFields, form: ToolFormat | None, today: date
) -> list[int]:
    """Return the ids of a request's messages, told of its tools.

    `form`: how calls are written, when the client knows better than the model's generation tells.
    Raises `BadRequest` when the model knows no tools or can't call these.
    """
    form = form or model.files.family.tool_format
    prompt = [message.to_prompt() for message in messages]
    tools = asked.offered
    _refuse_unknown_choice(asked, tools)
    if tools:
        if form is None:
            raise BadRequest(
                f"tools: {model.files.name} is of Llama 3's first generation, which was taught no tools. "
                "Leave them out, or use Llama 3.1 or later."
            )
        if form is ToolFormat.PYTHON_LIST:
            _refuse_other_names(tools)
        prompt = with_tools(prompt, tools, form, today, asked.demand)
    return prompt_ids(model.tokenizer, prompt, form or ToolFormat.JSON)


def _refuse_unknown_choice(asked: ToolFields, tools: Sequence[Tool]) -> None:
    choice = asked.tool_choice
    if choice == "required" and not tools:
        raise BadRequest("tool_choice: there are no tools of which one could be required.")
    if isinstance(choice, NamedChoice) and choice.function.name not in {tool.name for tool in tools}:
        raise BadRequest(f"tool_choice: {choice.function.name} is not among the tools.")


def _refuse_other_names(tools: Sequence[Tool]) -> None:
    """Calls in this form are Python, so that only Python's names can be read back."""
    for tool in tools:
        if not tool.name.isidentifier() or keyword.iskeyword(tool.name):
            raise BadRequest(
                f"tools: this model writes calls as Python does, and {tool.name} is no name there. "
                "Use letters, digits and underscores."
            )
