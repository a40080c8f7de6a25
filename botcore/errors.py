"""Every error that botcore raises on purpose.

BotcoreError
├── UserError              a person may read its text, which says what to do next
│   ├── ConfigError        the configuration can't be used
│   ├── InputError         a file or an argument that a person gave can't be used
│   │   └── FormRefused    what a form was filled in with; it says what is wrong with which field
│   ├── DownloadError      a model can't be brought here from where it is offered
│   ├── NotFound           there is no such chat, or it is none of theirs: nobody can tell which
│   ├── BudgetSpent        somebody has asked for as much as they may
│   ├── PluginError        a plugin, adapter or engine can't be loaded as it is written
│   ├── PluginResting      a plugin failed too often to be asked now
│   ├── OwnerError         another process owns the data folder
│   ├── OwnerGone          the process that owned it has ended
│   ├── StoreError         the database can't be used as it is
│   │   └── MigrationError it could not be brought to this version's schema; it is as it was before
│   └── EngineError        the model gives no answer
│       ├── ModelError     the model's files can't be used
│       ├── EngineLoading  the model is still being loaded; try again soon
│       ├── EngineDown     the model server can't be reached or died
│       ├── EngineBusy     too many wait for the model already
│       ├── EngineStalled  the model made no progress for too long
│       ├── EngineTimeout  the answer was not ready within its deadline
│       ├── ContextTooLong the messages don't fit the model's context
│       └── TurnBudgetSpent the model wrote as much as it may for one message
├── PluginStuck            a handler goes on though it was told to end
├── PluginBroke            a handler raised what is no `Exception`, as `sys.exit` does
└── DeliveryError          a platform did not take a message
    ├── RetryLater         it asks for patience, or was not reached at all
    ├── AdapterGone        its adapter has left; it was surely not sent
    ├── Refused            it will never take this one
    └── OutcomeUnknown     nobody can tell whether it was taken
"""

from __future__ import annotations

from collections.abc import Mapping


class BotcoreError(Exception):
    """Something went wrong in botcore."""

    def __init__(self, text: str | None = None) -> None:
        """Without a text of its own an error speaks with its class's docstring."""
        super().__init__(text or (type(self).__doc__ or "").strip())


class UserError(BotcoreError):
    """That did not work."""

    exit_code = 1


class ConfigError(UserError):
    """The configuration can't be used."""

    exit_code = 78  # EX_CONFIG of sysexits.h


class InputError(UserError):
    """That input can't be used."""

    exit_code = 65  # EX_DATAERR


class FormRefused(InputError):
    """Something in the form can't be used."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """`errors`: by the fields' names, what is wrong with each; under an empty name, with the whole."""
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


class DownloadError(UserError):
    """The model could not be downloaded. Please try again."""

    exit_code = 69  # EX_UNAVAILABLE


class NotFound(UserError):
    """There is no such chat, or you are not in it."""

    exit_code = 65


class BudgetSpent(UserError):
    """You have used up what you may ask for."""


class PluginError(UserError):
    """A plugin can't be loaded."""

    exit_code = 70  # EX_SOFTWARE


class PluginResting(UserError):
    """That plugin fails every time, so it is not asked for a while."""


class OwnerError(UserError):
    """Another process already owns this data folder."""

    exit_code = 75  # EX_TEMPFAIL


class OwnerGone(UserError):
    """The botcore that this ran in has ended. Please start it again."""

    exit_code = 75


class StoreError(UserError):
    """The database can't be used as it is."""

    exit_code = 74  # EX_IOERR


class MigrationError(StoreError):
    """The database could not be upgraded. Nothing was changed."""

    exit_code = 73  # EX_CANTCREAT


class EngineError(UserError):
    """The model could not answer. Please try again."""

    exit_code = 69  # EX_UNAVAILABLE


class ModelError(EngineError):
    """The model's files can't be used."""


class EngineLoading(EngineError):
    """The model is loading. Please try again in a moment."""


class EngineDown(EngineError):
    """The model server is not running. It is being restarted; please try again in a moment."""


class EngineBusy(EngineError):
    """Too many are waiting for the model already. Please try again in a few minutes."""


class EngineStalled(EngineError):
    """The model made no progress for too long, so the answer was given up. Please try again."""


class EngineTimeout(EngineError):
    """The answer took longer than it may, so it was given up. Please try again."""


class ContextTooLong(EngineError):
    """That is longer than the model can read at once. Please shorten it."""


class TurnBudgetSpent(EngineError):
    """The model has written as much as it may for one message, so this is where it ends."""


class PluginStuck(BotcoreError):
    """The handler does not end when it is told to."""


class PluginBroke(BotcoreError):
    """The handler raised what is no error, and would have ended more than its turn."""


class DeliveryError(BotcoreError):
    """The platform did not take the message."""


class RetryLater(DeliveryError):
    """The platform asks for patience."""

    def __init__(self, text: str | None = None, *, after: float | None = None) -> None:
        """`after`: seconds to wait as the platform told them, if it did."""
        super().__init__(text)
        self.after = after


class AdapterGone(DeliveryError):
    """The adapter has left, so the message waits until it comes again."""


class Refused(DeliveryError):
    """The platform will never take this message."""


class OutcomeUnknown(DeliveryError):
    """The message may or may not have arrived."""
