"""Order lunch by a form."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from botcore import Form, FormRefused, Plugin, PluginStore, User

plugin = Plugin("canteen")


class Order(BaseModel):
    """Order lunch."""

    dish: Literal["soup", "salad"] = Field(title="What would you like?")
    portions: int = Field(1, ge=1, le=9)
    day: date | None = None


async def in_stock(store: PluginStore, *, order: Order) -> None:
    if await store.get("sold out") == order.dish:
        raise FormRefused({"dish": f"There is no {order.dish} left."})


@plugin.command("order", open=Form.of(Order), check=in_stock)
async def order(user: User, *, order: Order) -> str:
    """Order lunch."""
    return f"{order.portions} {order.dish} for {user.name}, {order.day or 'today'}."
