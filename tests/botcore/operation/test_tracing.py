"""Where OpenTelemetry is not installed nothing is traced, and nothing breaks."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
sys.modules["opentelemetry"] = None  # as if it was not installed
from botcore.telemetry import Telemetry
tracer = Telemetry().tracer
with tracer.span("turn", "ab" * 16, lane="turn") as span:
    span.tell(platform="memory")
tracer.begin("receive", "ab" * 16).end()
try:
    with tracer.span("handler", "ab" * 16):
        raise ValueError
except ValueError:
    print("fine")
"""


def test_without_opentelemetry_spans_are_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert done.stdout == "fine\n"
