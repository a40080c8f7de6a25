"""What plugin and adapter authors test with: real core, real database, scripted model."""

from botcore.testing.chat import Chat
from botcore.testing.fake_engine import FakeEngine
from botcore.testing.memory_adapter import MemoryAdapter

__all__ = ["Chat", "FakeEngine", "MemoryAdapter"]
