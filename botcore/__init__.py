"""The framework: what plugin and adapter authors import."""

from botcore.adapter import (
    Accepted,
    Adapter,
    AdapterSetup,
    Capabilities,
    HearsTurnOver,
    Outgoing,
    Receipt,
    Receive,
    StreamMode,
)
from botcore.context import Context
from botcore.conversation import Conversation
from botcore.domain import (
    Author,
    ConversationKey,
    InboundEvent,
    Message,
    Part,
    Pieces,
    Usage,
    User,
)
from botcore.engine import (
    Engine,
    EngineSetup,
    EngineState,
    EngineStatus,
    Limits,
    ModelMessage,
    Options,
    Priority,
    Role,
)
from botcore.errors import (
    BotcoreError,
    ContextTooLong,
    DeliveryError,
    EngineError,
    InputError,
    OutcomeUnknown,
    Refused,
    RetryLater,
    UserError,
)
from botcore.pipeline import Handler, Middleware
from botcore.plugin import Plugin
from botcore.plugin_store import PluginStore

__all__ = [
    "Accepted",
    "Adapter",
    "AdapterSetup",
    "Author",
    "BotcoreError",
    "Capabilities",
    "Context",
    "ContextTooLong",
    "Conversation",
    "ConversationKey",
    "DeliveryError",
    "Engine",
    "EngineError",
    "EngineSetup",
    "EngineState",
    "EngineStatus",
    "Handler",
    "HearsTurnOver",
    "InboundEvent",
    "InputError",
    "Limits",
    "Message",
    "Middleware",
    "ModelMessage",
    "Options",
    "OutcomeUnknown",
    "Outgoing",
    "Part",
    "Pieces",
    "Plugin",
    "PluginStore",
    "Priority",
    "Receipt",
    "Receive",
    "Refused",
    "RetryLater",
    "Role",
    "StreamMode",
    "Usage",
    "User",
    "UserError",
]
