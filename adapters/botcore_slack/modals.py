"""A form as a modal of Slack's, and what was filled in there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue

from botcore import (
    Author,
    ConversationKey,
    Field,
    FieldKind,
    FormRefused,
    InboundEvent,
    OpenForm,
    Pressed,
    Refused,
    Submitted,
)
from botcore.forms.reading import in_digits
from botcore_slack.connection import Clients
from botcore_slack.envelopes import PLATFORM, Answer, Body
from botcore_slack.errors import translated
from botcore_slack.short_lived import ShortLived

LONGEST_TITLE, LONGEST_OPTION = 24, 75  # characters
LONGEST_INPUT = 3000  # as long as a form's texts may be
VALUE = "value"  # the id of the element within each field's block
TICKED = "ticked"  # and of one box that is ticked for a yes
TOO_LATE = "Slack opens a form within three seconds of a press or a command."

Block = dict[str, Any]


class Modals:
    """Opens forms, and reads what comes back."""

    def __init__(self, clients: Clients, short_lived: ShortLived) -> None:
        self._clients = clients
        self._short_lived = short_lived

    async def open(self, event: Pressed | InboundEvent, form: OpenForm) -> None:
        """Open a form before whoever pressed or typed; raise a `DeliveryError` when it is too late."""
        trigger = self._short_lived.trigger(event.key.tenant, event.dedupe_key)
        if not trigger:
            raise Refused(TOO_LATE)
        client = await self._clients.client(event.key.tenant)
        with translated():
            await client.views_open(trigger_id=trigger, view=view_of(form, event))

    def submitted(self, body: Body, tenant: str, author: Author) -> Submitted | None:
        """Return a form that was sent; None for a view that is none of ours."""
        view = body.get("view") or {}
        try:
            place = json.loads(view.get("private_metadata") or "")
            key = ConversationKey(PLATFORM, tenant, str(place["chat"]), str(place["thread"]))
        except (ValueError, KeyError, TypeError):
            return None
        return Submitted(
            key=key,
            dedupe_key=f"view:{view.get('id')}:{view.get('hash')}",
            author=author,
            form_id=str(view.get("callback_id", "")),
            values=dict(_values(view)),
            sent_at=datetime.now(UTC),
            direct=bool(place.get("direct")),
        )

    def refused(self, body: Body, error: FormRefused) -> Answer:
        """Return what Slack shows beside the fields; what is wrong with the whole stands beside the first."""
        fields = [block["block_id"] for block in _inputs(body.get("view") or {})]
        beside = {name: text for name, text in error.errors.items() if name in fields}
        if rest := [text for name, text in error.errors.items() if name not in fields]:
            beside[fields[0]] = " ".join([*filter(None, [beside.get(fields[0])]), *rest])
        return {"response_action": "errors", "errors": beside}


def view_of(form: OpenForm, event: Pressed | InboundEvent) -> Block:
    """Return a form as Slack draws it."""
    described, key = form.form, event.key
    blocks = [_field(field) for field in described.fields]
    if len(described.title) > LONGEST_TITLE:
        blocks.insert(0, {"type": "section", "text": _plain(described.title)})
    place = {"chat": key.chat, "thread": key.thread, "direct": event.direct}
    return {
        "type": "modal",
        "callback_id": form.id,
        "private_metadata": json.dumps(place),
        "title": _plain(_short(described.title, LONGEST_TITLE)),
        "submit": _plain(_short(described.label, LONGEST_TITLE)),
        "close": _plain("Cancel"),
        "blocks": blocks,
    }


def _field(field: Field) -> Block:
    # A box that is not ticked is an answer too.
    optional = not field.required or field.kind is FieldKind.YES_NO
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "label": _plain(field.shown),
        "element": {
            "action_id": TICKED if field.kind is FieldKind.YES_NO else VALUE,
            **_element(field),
        },
        "optional": optional,
    }
    if field.hint:
        block["hint"] = _plain(field.hint)
    return block


def _element(field: Field) -> Block:
    if field.kind in (FieldKind.CHOICE, FieldKind.CHOICES):
        return _choice(field)
    if field.kind is FieldKind.YES_NO:
        yes = _option("yes", "Yes")
        return {
            "type": "checkboxes",
            "options": [yes],
            **({"initial_options": [yes]} if field.default else {}),
        }
    if field.kind is FieldKind.DATE:
        return {"type": "datepicker", **_initial("initial_date", field.default)}
    if field.kind in (FieldKind.NUMBER, FieldKind.WHOLE_NUMBER):
        return _number(field)
    return {
        "type": "plain_text_input",
        "multiline": field.kind is FieldKind.LONG_TEXT,
        "max_length": min(int(field.most or LONGEST_INPUT), LONGEST_INPUT),
        **({"min_length": int(field.least)} if field.least else {}),
        **_initial("initial_value", field.default),
    }


def _choice(field: Field) -> Block:
    options = {choice.value: _option(choice.value, choice.label) for choice in field.choices}
    if field.kind is FieldKind.CHOICE:
        chosen = options.get(str(field.default))
        return {
            "type": "static_select",
            "options": list(options.values()),
            **({"initial_option": chosen} if chosen else {}),
        }
    ticked = [options[str(one)] for one in field.default or ()] if isinstance(field.default, list) else []
    return {
        "type": "checkboxes",
        "options": list(options.values()),
        **({"initial_options": ticked} if ticked else {}),
    }


def _number(field: Field) -> Block:
    bounds = {"min_value": field.least, "max_value": field.most}
    return {
        "type": "number_input",
        "is_decimal_allowed": field.kind is FieldKind.NUMBER,
        **{name: in_digits(bound) for name, bound in bounds.items() if bound is not None},
        **({"initial_value": in_digits(field.default)} if isinstance(field.default, int | float) else {}),
    }


def _values(view: Mapping[str, Any]) -> Iterator[tuple[str, JsonValue]]:
    """Yield what stands in each field; a text as it was typed: the core checks it."""
    state = (view.get("state") or {}).get("values") or {}
    for block in _inputs(view):
        name = block["block_id"]
        element = block["element"]["action_id"]
        found = (state.get(name) or {}).get(element) or {}
        if "selected_options" in found or found.get("type") == "checkboxes":
            chosen = [one["value"] for one in found.get("selected_options") or ()]
            yield name, bool(chosen) if element == TICKED else chosen
        elif found.get("selected_option"):
            yield name, found["selected_option"]["value"]
        else:
            yield name, found.get("selected_date") or found.get("value")


def _inputs(view: Mapping[str, Any]) -> list[Block]:
    return [block for block in view.get("blocks", ()) if block.get("type") == "input"]


def _initial(name: str, default: JsonValue) -> Block:
    return {} if default is None else {name: str(default)}


def _option(value: str, label: str) -> Block:
    return {"text": _plain(_short(label, LONGEST_OPTION)), "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
