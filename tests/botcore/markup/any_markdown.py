"""Texts as models, people and mischief write them."""

from __future__ import annotations

from hypothesis import strategies as st

MARKUP = ["```", "```python\n", "~~~", "````", "`", "``", "*", "**", "***", "_", "__", "~~", "||", "|"]
MARKUP += [
    ">",
    "> ",
    "- ",
    "+ ",
    "* ",
    "1. ",
    "7) ",
    "0. ",
    "# ",
    "##",
    "===",
    "---",
    "***",
    ":--",
    "|---|---|",
]
MARKUP += ["[", "]", "(", ")", "](", "[a](http://b.c)", "[**b** `c`](https://d.e/f)", "![", "<https://x.y>"]
MARKUP += [
    "<b>",
    "<!--",
    "&amp;",
    "&lt;",
    "&#32;",
    "&#9;",
    "&nbsp;",
    "&NewLine;",
    "&#124;",
    "\\",
    "\\|",
    "\\*",
]
MARKUP += [
    "@channel",
    "@ana",
    "<!here>",
    "[3]",
    "[3](https://x.y)",
    "tg://user?id=1",
    "foo||bar||baz",
    "3.14",
]
MARKUP += ["https://a.b/c_d_e?f=1&copy=2", "{}", "!", ":", "="]
BLOCKS = [
    "\n| a | b |\n|---|:-:|\n| 1 | 2 |\n",
    "\n- one\n- two\n  - three\n\n    deep\n",
    "\n9. nine\n10. ten\n",
    "\n```py name.py\nif x:\n\treturn '```'\n\n```\n",
    "\n> quoted\n> > twice\n",
    "\n    indented\n",
    "\nTitle\n===\n",
    "\n___\n",
]
WORDS = [
    "word",
    "日本語です。",
    "العربية",
    "हिन्दी",
    "👩🏽\u200d💻",
    "e\u0301",
    "\u202e",
    "\x00",
    "\x0b",
    "\ud83d",
    "<|eot_id|>",
]
WORDS += [
    "x" * 200,
    "Hello there. And more! ",
    "e.g. this",
    "\u00a0",
    "\u3000",
    "\u2028",
    "snake_case",
    "2*3*4",
]
BLANKS = [" ", "  ", "    ", "\n", "\n\n", "\t", "\r\n", "  \n"]

anything = st.one_of(
    st.sampled_from(MARKUP),
    st.sampled_from(MARKUP),
    st.sampled_from(BLANKS),
    st.sampled_from(BLOCKS),
    st.sampled_from(WORDS),
    st.text(max_size=20),
)
markdown = st.lists(anything, max_size=40).map("".join)
