"""Everything about access that one bot has, wired together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from botcore.access.budgets import Budgets
from botcore.access.desk import AccessDesk
from botcore.access.doorkeeper import Doorkeeper
from botcore.access.gate import Gate
from botcore.access.membership import Memberships
from botcore.access.past import Past
from botcore.access.privacy import Privacy
from botcore.access.reading import LedgerReader
from botcore.config import AccessSection
from botcore.context import Context
from botcore.fronts import Fronts
from botcore.ledger import Ledger
from botcore.store import Store
from botcore.store.access_store import AccessStore
from botcore.store.account import AccountStore
from botcore.store.notices import Notice


class Access:
    """Who may come in, what they may read, and how much they may ask for."""

    def __init__(
        self,
        store: Store,
        fronts: Fronts,
        rules: AccessSection,
        send: Callable[[Notice], None],
        is_command: Callable[[str], bool],
        send_again: Callable[[], Awaitable[None]],
    ) -> None:
        """`send`: called with what is to be said without having been asked.

        `send_again`: called when what was sent is to look otherwise.
        """
        self.rules = rules
        self._store = store
        self.fronts = fronts
        access_store = AccessStore(store.database)
        self.gate = Gate(access_store, fronts)
        self.desk = AccessDesk(
            access_store, retention_days=rules.retention_days, changed=self.gate.forget, send=send
        )
        self.door = Doorkeeper(self.gate, self.desk)
        self.memberships = Memberships(fronts)
        self.past = Past(store, fronts, default_days=rules.retention_days, is_command=is_command)
        self.accounts = AccountStore(store.database)
        self.privacy = Privacy(store.database, rules, send_again)
        self.budgets = Budgets(self.accounts, rules, self.gate)

    def ledger_for(self, context: Context) -> Ledger:
        """Return what was said in the chats that the one who is answered is in."""
        here = context.conversation
        reader = LedgerReader(
            context.event, here.scope, self._store, self.gate, self.memberships, self.fronts, self.past
        )
        return Ledger(here.before, self._store, reader)
