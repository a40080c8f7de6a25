"""The fork server of the tests, which has imported whatever their bots need."""

from __future__ import annotations

from botcore.testing.conformance.forked import Forked, ForkServer
from botcore.testing.conformance.forked import fork_server as fork_server_with

__all__ = ["Forked", "fork_server"]

PRELOADED = (
    "alembic.command",
    "botcore.app",
    "botcore.cli.run",
    "botcore_chat",
    "botcore_llama",
    "botcore_slack.adapter",
    "botcore_telegram.adapter",
    "tests.fakes.adapter",
    "tests.fakes.engine",
    "tests.fakes.plugin",
)


def fork_server(sources: str) -> ForkServer:
    """Return the one of this test process. `sources`: where the modules are, as PYTHONPATH has it."""
    return fork_server_with(sources, *PRELOADED)
