"""Takes fields out of a record of JSON, and says which one can't be used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botcore.exports.cleaning import clean

SHOWN = 40  # characters of what can't be used
LONGEST_ID = 128  # characters, as the ledger keeps them


class Unusable(Exception):
    """A record can't be used; the text says why."""


def text_of(record: Mapping[str, Any], key: str) -> str:
    """Return a text, cleaned; empty where it is missing."""
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise Unusable(f'"{key}" must be a text')
    return clean(value or "")


def id_of(record: Mapping[str, Any], key: str) -> str:
    """Return an id, which some exports write as a number; empty where it is missing."""
    value = record.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    identity = text_of(record, key)
    if len(identity) > LONGEST_ID:
        raise Unusable(f'"{key}" is longer than {LONGEST_ID} characters')
    return identity


def moment_of(seconds: str, key: str) -> datetime:
    """Return the moment that a number of seconds since 1970 means."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise no_time(key, seconds) from error


def no_time(key: str, written: str) -> Unusable:
    """Return the error for what should be a time; only its beginning is shown."""
    return Unusable(f'"{key}" is “{written[:SHOWN]}”, which is no time')
