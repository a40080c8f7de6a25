"""How a model is told which tools it may call.

The words are those of Meta's documentation and of its own prompt templates (the repository
meta-llama/llama-models, `prompt_format.md` of each generation and `prompt_templates`): models were
trained on these, and call tools less reliably when told in others. One thing differs: Meta's template
for JSON writes every parameter as an object of unknown kind, we write the schema that was given.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from botcore_llama.chat_format import BUILTIN_TOOLS, CODE_INTERPRETER, PromptMessage
from botcore_llama.family import ToolFormat

JSON_TOOLS = """\
Answer the user's question by making use of the following functions if needed.
If none of the function can be used, please say so.
Here is a list of functions in JSON format:
{functions}

Return function calls in JSON format."""

TAG_TOOLS = """\
You have access to the following functions:

{functions}

Think very carefully before calling functions.
If you choose to call a function ONLY reply in the following format with no prefix or suffix:

<function=example_function_name>{{"example_name": "example_value"}}</function>

Reminder:
- If looking for real time information use relevant functions before falling back to brave_search
- Function calls MUST follow the specified format, start with <function= and end with </function>
- Required parameters MUST be specified
- Only call one function at a time
- Put the entire function call reply on one line"""

PYTHON_TOOLS = """\
You are an expert in composing functions. You are given a question and a set of possible functions.
Based on the question, you will need to make one or more function/tool calls to achieve the purpose.
If none of the function can be used, point it out. If the given question lacks the parameters required \
by the function,
also point it out. You should only return the function call in tools call sections.

If you decide to invoke any of the function(s), you MUST put it in the format of \
[func_name1(params_name1=params_value1, params_name2=params_value2...), func_name2(params)]
You SHOULD NOT include any other text in the response.

Here is a list of functions in JSON format that you can invoke.

[
    {functions}
]"""

# What the models were trained to read before a date; their knowledge ends there.
KNOWLEDGE = "Cutting Knowledge Date: December 2023"

MUST_USE_ANY = "You MUST use one of the provided functions/tools to answer the user query."
MUST_USE = "You MUST use the tool `{name}` to answer the user query."


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)  # a JSON schema of an object

    @property
    def builtin(self) -> bool:
        """Whether the model knows it by name, and need not be told what it does."""
        return self.name in BUILTIN_TOOLS


def with_tools(
    messages: Sequence[PromptMessage],
    tools: Sequence[Tool],
    form: ToolFormat,
    today: date,
    demand: str = "",
) -> list[PromptMessage]:
    """Return the messages with what tells of the tools before them.

    `form`: how the model shall write its calls. `demand`: what it must do, said at the end of the system
    message.
    """
    system, rest = _split(messages)
    custom = [tool for tool in tools if not tool.builtin]
    if form is ToolFormat.PYTHON_LIST:
        text = "".join(f"{part}\n" for part in _environment_and_functions(tools, custom)) + (system or "")
        text = _joined(text, demand).strip("\n")
        return [PromptMessage("system", text), *rest]
    text = f"{environment(tools)}\n{KNOWLEDGE}\nToday Date: {today:%d %B %Y}"
    if system is not None:
        text += f"\n{system}"
    told = [PromptMessage("user", functions_text(custom, form))] if custom else []
    return [PromptMessage("system", _joined(text, demand)), *told, *rest]


def _split(messages: Sequence[PromptMessage]) -> tuple[str | None, Sequence[PromptMessage]]:
    """Return the system message's text, if there is one, and the other messages."""
    if messages and messages[0].role == "system":
        return "\n".join(messages[0].parts), messages[1:]
    return None, messages


def _joined(text: str, demand: str) -> str:
    return f"{text}\n{demand}" if demand else text


def _environment_and_functions(tools: Sequence[Tool], custom: Sequence[Tool]) -> Iterable[str]:
    """Yield what stands before the system message where functions are told of in it."""
    if len(custom) < len(tools):
        yield environment([tool for tool in tools if tool.builtin])
    if custom:
        yield functions_text(custom, ToolFormat.PYTHON_LIST)


def environment(tools: Iterable[Tool]) -> str:
    """Return the lines that switch on the tools which the model knows; code runs wherever they are."""
    named = [tool.name for tool in tools if tool.builtin and tool.name != CODE_INTERPRETER]
    return "Environment: ipython\n" + (f"Tools: {', '.join(named)}" if named else "")


def functions_text(tools: Iterable[Tool], form: ToolFormat) -> str:
    """Return what tells of functions that the model does not know."""
    if form is ToolFormat.FUNCTION_TAG:
        return TAG_TOOLS.format(functions="\n\n".join(map(_tagged, tools)))
    if form is ToolFormat.JSON:
        return JSON_TOOLS.format(functions="\n".join(laid_out(_declared(tool)) for tool in tools))
    listed = [laid_out(_listed(tool), "    ") for tool in tools]
    return PYTHON_TOOLS.format(functions=",\n    ".join(listed))


def _declared(tool: Tool) -> dict[str, Any]:
    declared = {"name": tool.name, "description": tool.description, "parameters": _schema(tool)}
    return {"type": "function", "function": declared}


def _listed(tool: Tool) -> dict[str, Any]:
    """Return a function as the models that write Python's calls know it."""
    schema = _schema(tool)
    parameters = {"type": "dict", "required": schema.get("required", []), "properties": schema["properties"]}
    return {"name": tool.name, "description": tool.description, "parameters": parameters}


def _tagged(tool: Tool) -> str:
    told = {"name": tool.name, "description": tool.description, "parameters": _schema(tool)}
    return f"Use the function '{tool.name}' to '{tool.description}':\n{json.dumps(told)}"


def _schema(tool: Tool) -> dict[str, Any]:
    return {"type": "object", "properties": {}} | dict(tool.parameters)


def laid_out(value: Any, margin: str = "") -> str:
    """Return a value as JSON, an object's fields on lines of their own."""
    if not isinstance(value, Mapping) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = margin + "    "
    fields = (f"{inner}{json.dumps(name)}: {laid_out(field, inner)}" for name, field in value.items())
    return "{\n" + ",\n".join(fields) + f"\n{margin}}}"
