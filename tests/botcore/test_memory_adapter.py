"""The adapter in memory keeps the contract of all adapters."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from botcore.testing import MemoryAdapter
from botcore.testing.adapter_contract import AdapterContract


@dataclass
class MemoryPlatform:
    """What people see of a platform in memory."""

    adapter: MemoryAdapter = field(default_factory=MemoryAdapter)

    async def post(self, text: str) -> None:
        await self.adapter.post(text)

    def shown(self) -> list[str]:
        return [message.text for message in self.adapter.shown.values() if not message.deleted]


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform()


class TestMemoryAdapter(AdapterContract):
    """The contract over the adapter in memory."""
