"""Models are told of tools in the words they were trained on."""

from __future__ import annotations

from datetime import date

from botcore_llama.chat_format import PromptMessage
from botcore_llama.family import ToolFormat
from botcore_llama.tools import Tool, environment, functions_text, with_tools

DAY = date(2024, 9, 21)
SEARCH, MATHS, CODE = Tool("brave_search"), Tool("wolfram_alpha"), Tool("code_interpreter")
WEATHER = Tool(
    "get_weather",
    "Get weather info for places",
    {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "The name of the city to get the weather for"},
            "metric": {
                "type": "string",
                "description": "The metric for weather. Options are: celsius, fahrenheit",
                "default": "celsius",
            },
        },
        "required": ["city"],
    },
)
SYSTEM, USER = PromptMessage("system", "Be brief."), PromptMessage("user", "Hi")

# The example in Meta's own prompt templates.
PYTHON_EXAMPLE = """\
You are an expert in composing functions. You are given a question and a set of possible functions.
Based on the question, you will need to make one or more function/tool calls to achieve the purpose.
If none of the function can be used, point it out. If the given question lacks the parameters required by the function,
also point it out. You should only return the function call in tools call sections.

If you decide to invoke any of the function(s), you MUST put it in the format of [func_name1(params_name1=params_value1, params_name2=params_value2...), func_name2(params)]
You SHOULD NOT include any other text in the response.

Here is a list of functions in JSON format that you can invoke.

[
    {
        "name": "get_weather",
        "description": "Get weather info for places",
        "parameters": {
            "type": "dict",
            "required": ["city"],
            "properties": {
                "city": {
                    "type": "string",
                    "description": "The name of the city to get the weather for"
                },
                "metric": {
                    "type": "string",
                    "description": "The metric for weather. Options are: celsius, fahrenheit",
                    "default": "celsius"
                }
            }
        }
    }
]"""  # noqa: E501

JSON_EXAMPLE = """\
Answer the user's question by making use of the following functions if needed.
If none of the function can be used, please say so.
Here is a list of functions in JSON format:
{
    "type": "function",
    "function": {
        "name": "now",
        "description": "Tell the time",
        "parameters": {
            "type": "object",
            "properties": {
                "zone": {
                    "type": "string",
                    "enum": ["UTC", "CET"]
                }
            },
            "required": ["zone"]
        }
    }
}

Return function calls in JSON format."""
NOW = Tool(
    "now",
    "Tell the time",
    {
        "type": "object",
        "properties": {"zone": {"type": "string", "enum": ["UTC", "CET"]}},
        "required": ["zone"],
    },
)


def test_functions_for_python_calls_are_told_as_meta_tells_them() -> None:
    assert functions_text([WEATHER], ToolFormat.PYTHON_LIST) == PYTHON_EXAMPLE


def test_functions_for_json_calls_are_told_with_their_schema() -> None:
    assert functions_text([NOW], ToolFormat.JSON) == JSON_EXAMPLE


def test_functions_for_tagged_calls_stand_on_a_line_each() -> None:
    text = functions_text([NOW, Tool("stop")], ToolFormat.FUNCTION_TAG)

    start = "You have access to the following functions:\n\nUse the function 'now' to 'Tell the time':\n"
    assert text.startswith(start + '{"name": "now", "description": "Tell the time", "parameters": {"type": ')
    assert '<function=example_function_name>{"example_name": "example_value"}</function>' in text
    assert "\n\nUse the function 'stop' to '':\n" in text


def test_known_tools_are_switched_on_by_name() -> None:
    assert environment([CODE, SEARCH, MATHS]) == "Environment: ipython\nTools: brave_search, wolfram_alpha"
    assert environment([CODE]) == environment([NOW]) == "Environment: ipython\n"


def test_llama_3_1_is_told_of_functions_in_a_user_message() -> None:
    told = with_tools([SYSTEM, USER], [SEARCH, NOW], ToolFormat.JSON, DAY)

    system = (
        "Environment: ipython\nTools: brave_search\nCutting Knowledge Date: December 2023\n"
        "Today Date: 21 September 2024\nBe brief."
    )
    assert told == [PromptMessage("system", system), PromptMessage("user", JSON_EXAMPLE), USER]


def test_llama_3_1_without_a_system_message_gets_one() -> None:
    told = with_tools([USER], [CODE], ToolFormat.JSON, DAY, "Do it.")

    text = (
        "Environment: ipython\n\nCutting Knowledge Date: December 2023\nToday Date: 21 September 2024\nDo it."
    )
    assert told == [PromptMessage("system", text), USER]


def test_llama_3_2_is_told_of_functions_in_the_system_message() -> None:
    told = with_tools([SYSTEM, USER], [WEATHER], ToolFormat.PYTHON_LIST, DAY, "Do it.")

    assert told == [PromptMessage("system", f"{PYTHON_EXAMPLE}\nBe brief.\nDo it."), USER]


def test_llama_3_2_knows_tools_by_name_too() -> None:
    told = with_tools([USER], [CODE, WEATHER], ToolFormat.PYTHON_LIST, DAY)

    assert told == [PromptMessage("system", f"Environment: ipython\n\n{PYTHON_EXAMPLE}"), USER]


def test_several_functions_stand_in_one_list() -> None:
    text = functions_text([WEATHER, NOW], ToolFormat.PYTHON_LIST)

    assert text.count('\n    {\n        "name": ') == 2
    assert "\n    },\n    {\n" in text
