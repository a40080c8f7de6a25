"""What an adapter can do in a chat, asked of whatever it is."""

from __future__ import annotations

from functools import cache
from typing import cast

import structlog

from botcore.adapter import (
    Adapter,
    HandsOver,
    Key,
    PacesByChat,
    PrefixesCommands,
    StreamMode,
    StreamsByChat,
)
from botcore.domain import ConversationKey
from botcore.spelling import SLASH
from botcore.store import OutboxPart

log = structlog.get_logger(__name__)


def mode_of(adapter: Adapter, key: ConversationKey) -> StreamMode:
    """Return how an answer appears in a chat; of an adapter that fails to tell, only the whole of it."""
    if not can(type(adapter), StreamsByChat):
        return adapter.capabilities.stream_mode
    try:
        return cast("StreamsByChat", adapter).stream_mode(key)
    except Exception as error:
        log.error("adapter_failed_to_tell_its_mode", adapter=adapter.name, error=type(error).__name__)
        return StreamMode.FINAL


def interval_of(adapter: Adapter, key: ConversationKey) -> float:
    """Return the seconds between two calls in a chat, on average."""
    if not can(type(adapter), PacesByChat):
        return adapter.capabilities.edit_interval
    try:
        return cast("PacesByChat", adapter).edit_interval(key)
    except Exception as error:
        log.error("adapter_failed_to_tell_its_pace", adapter=adapter.name, error=type(error).__name__)
        return adapter.capabilities.edit_interval


def prefix_of(adapter: Adapter, key: ConversationKey) -> str:
    """Return what people type before a command's name in a chat."""
    if not can(type(adapter), PrefixesCommands):
        return SLASH
    try:
        return cast("PrefixesCommands", adapter).command_prefix(key)
    except Exception as error:  # a text that is not quite right is better than none
        log.error("adapter_failed_to_tell_its_prefix", adapter=adapter.name, error=type(error).__name__)
        return SLASH


@cache  # a protocol takes long to look whether a class fits, and this is asked for every piece
def can(kind: type, protocol: type) -> bool:
    return issubclass(kind, protocol)


def keys_of(adapter: Adapter, part: OutboxPart) -> tuple[Key, ...]:
    """Return a part's buttons as its platform draws them."""
    if not (part.buttons and adapter.capabilities.buttons):
        return ()
    keys = []
    for button in part.buttons:
        if not button.token:
            keys.append(Key(button.label, id=button.id))
        elif can(type(adapter), HandsOver):
            keys.append(
                Key(button.label, url=cast("HandsOver", adapter).link_to_start(part.key, button.token))
            )
    return tuple(keys)
