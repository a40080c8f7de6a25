"""Takes out of a text what no person typed and no terminal should see."""

from __future__ import annotations

import re

# Control characters but for tab and newline, as escape sequences begin with one; and the marks that
# turn the direction of writing around, with which a text can look like another one.
UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LONGEST_NAME = 200  # characters


def clean(text: str) -> str:
    """Return the text without them, and with whole characters only: JSON can name halves of some."""
    if text.isprintable():
        return text  # hardly anything ever is to be done
    return UNWANTED.sub("", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def clean_name(text: str) -> str:
    """Return a name on one line, and no longer than names are."""
    return " ".join(clean(text).split())[:LONGEST_NAME]
