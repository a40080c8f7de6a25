"""A plugin that takes orders by a form."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel
from pydantic import Field as Rule

from botcore import (
    Author,
    Button,
    Field,
    FieldKind,
    Form,
    FormRefused,
    Part,
    Plugin,
    PluginStore,
    User,
    UserError,
)


class Order(BaseModel):
    """Order lunch."""

    dish: Literal["soup", "salad"] = Rule(title="What would you like?")
    portions: int = Rule(1, ge=1, le=9)
    extras: list[Literal["bread", "water", "cake"]] = []
    day: date | None = None


def ordering_plugin() -> Plugin:
    plugin = Plugin("orders")

    async def is_there(author: Author, store: PluginStore, *, order: Order) -> None:
        if await store.get("sold out") == order.dish:
            raise FormRefused({"dish": f"Sorry {author.name}, there is no {order.dish} left."})

    @plugin.command("order", open=Form.of(Order), check=is_there)
    async def order(user: User, *, order: Order) -> str:
        """Order lunch."""
        extras = ", ".join(order.extras) or "nothing"
        return f"{user.name}: {order.portions} {order.dish} with {extras}, {order.day or 'today'}."

    @plugin.command("sold_out")
    async def sold_out(store: PluginStore, *, dish: str) -> str:
        store.set("sold out", dish)
        return f"No {dish} any more."

    @plugin.command("menu")
    async def menu() -> Part:
        return Part("Soup today.", (Button("I want soup", "soup", "hot"),))

    async def how_many(author: Author, store: PluginStore, *, heat: str) -> Form:
        if await store.get("sold out") == "soup":
            raise UserError("There is no soup left.")
        return Form(
            f"Soup for {author.name}",
            (Field("count", "How many?", FieldKind.WHOLE_NUMBER, least=1, most=5),),
            label="Order",
        )

    @plugin.action("soup", open=how_many)
    async def soup(user: User, *, heat: str, count: int) -> str:
        return f"{count} {heat} for {user.name}."

    _add_choosing(plugin)
    return plugin


def _add_choosing(plugin: Plugin) -> None:
    @plugin.command("choose")
    async def choose() -> Part:
        return Part("Choose!", (Button("Choose", "chosen"),))

    @plugin.action("chosen", open=Form("Choose", (Field("really", kind=FieldKind.YES_NO),)))
    async def chosen(*, really: bool) -> str:
        return f"It is {really}."
