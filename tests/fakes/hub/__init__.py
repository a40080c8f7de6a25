"""A Hugging Face Hub on loopback, which speaks the real one's protocol as far as downloads need it.

Small files come from the hub itself, behind a relative redirect; large ones (LFS) from another origin,
behind a signed address, as from the real one's content network. What goes wrong is said beforehand, by
`hub.troubles`.
"""

from tests.fakes.hub.server import Asked, FakeHub
from tests.fakes.hub.troubles import Cut, Hang, Refuse, Reset, Tamper, Whole
from tests.fakes.hub.world import FakeRepository, StoredFile

__all__ = [
    "Asked",
    "Cut",
    "FakeHub",
    "FakeRepository",
    "Hang",
    "Refuse",
    "Reset",
    "StoredFile",
    "Tamper",
    "Whole",
]
