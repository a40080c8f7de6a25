"""Plain conversation: the default answerer."""

from botcore_chat.answerer import plugin

__all__ = ["plugin"]
