"""What can go wrong while a hub sends a file. Each happens to one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends in good order, before all has come."""

    after: int  # bytes of the body


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset, as by a router on the way."""

    after: int


@dataclass(frozen=True, slots=True)
class Hang:
    """Nothing more comes, and nobody says so, until `hub.go_on` is set."""

    after: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """The request is answered with an error."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tamper:
    """Other bytes come than the file has, as many as it has."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The wish for a part is not heard: the whole file comes, with status 200."""


Trouble = Cut | Reset | Hang | Refuse | Tamper | Whole
