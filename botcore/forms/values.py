"""What a form was filled in with."""

from __future__ import annotations


class Values(dict[str, object]):
    """By the fields' names, what stands in a form's fields, as Python has it; None where nothing does.

    For handlers whose form has other fields from time to time; the others name fields as arguments.
    """
