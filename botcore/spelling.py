"""Commands as people type them where they read of them: `/help`, unless a platform keeps that to itself."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

SLASH = "/"
# The name of a command in a text, with its slash: not in a path, nor where somebody's words are repeated.
_NAMED = re.compile(r"(?<![\w/.:“])/([a-z][a-z0-9_]*)(?![\w/])")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How commands are typed in a chat."""

    names: Collection[str] = ()  # of the commands that there are
    prefix: str = SLASH  # what is typed before a name

    def __call__(self, text: str) -> str:
        """Return a text that we wrote ourselves, with its commands as they are typed."""
        if self.prefix == SLASH:
            return text
        return _NAMED.sub(lambda found: self.prefix + found[1] if found[1] in self.names else found[0], text)


AS_WRITTEN = Spelling()
