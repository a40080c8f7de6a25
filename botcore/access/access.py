"""Everything about access that one bot has, wired together."""

from __future__ import annotations

from collections.abc import Callable

from botcore.access.budgets import Budgets
from botcore.access.desk import AccessDesk
from botcore.access.doorkeeper import Doorkeeper
from botcore.access.gate import Gate
from botcore.access.membership import Memberships
from botcore.access.privacy import Privacy
from botcore.access.reading import LedgerReader
from botcore.config import AccessSection
from botcore.fronts import Fronts
from botcore.store import Claim, Store
from botcore.store.access_store import AccessStore
from botcore.store.account import AccountStore
from botcore.store.notices import Notice


class Access:
    """Who may come in, what they may read, and how much they may ask for."""

    def __init__(
        self, store: Store, fronts: Fronts, rules: AccessSection, send: Callable[[Notice], None]
    ) -> None:
        """`send`: called with what is to be said without having been asked."""
        self.rules = rules
        self._store = store
        access_store = AccessStore(store.database)
        self.gate = Gate(access_store, fronts)
        self.desk = AccessDesk(
            access_store, retention_days=rules.retention_days or None, changed=self.gate.forget, send=send
        )
        self.door = Doorkeeper(self.gate, self.desk)
        self.memberships = Memberships(fronts)
        self.accounts = AccountStore(store.database)
        self.privacy = Privacy(store.database, rules)
        self.budgets = Budgets(self.accounts, rules, self.gate)

    def reader_for(self, claim: Claim) -> LedgerReader:
        """Return what a turn reads ledgers by."""
        return LedgerReader(claim.event, claim.scope, self._store, self.gate, self.memberships)
