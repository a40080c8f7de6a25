"""Topics of a group. A message tells its topic only by what it replies to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botcore.exports.cleaning import clean_name
from botcore.exports.fields import id_of, text_of

REMEMBERED = 50_000  # messages whose topic is known, for the replies to them


@dataclass(frozen=True, slots=True)
class Topic:
    """A thread of a group."""

    id: str = ""
    title: str = ""


NO_TOPIC = Topic()


class Topics:
    """The topics of one chat, learned while its messages are read in order."""

    def __init__(self) -> None:
        self._topics: dict[str, Topic] = {}
        self._replied: OrderedDict[str, Topic] = OrderedDict()  # by the id of a message

    def of(self, message: Mapping[str, Any]) -> Topic:
        """Return a message's topic: a post in one replies to what created it, an answer to such a post."""
        message_id = id_of(message, "id")
        if text_of(message, "action") == "topic_created":
            self._topics[message_id] = Topic(message_id, clean_name(text_of(message, "title")))
        to = id_of(message, "reply_to_message_id")
        topic = self._topics.get(message_id) or self._topics.get(to) or self._replied.get(to, NO_TOPIC)
        if topic is not NO_TOPIC:
            self._replied[message_id] = topic
            if len(self._replied) > REMEMBERED:
                self._replied.popitem(last=False)
        return topic
