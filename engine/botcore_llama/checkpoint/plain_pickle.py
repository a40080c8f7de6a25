"""Reads the pickle in a file of `torch.save` without being able to run anything of it.

A pickle is a program for a small machine with a stack. Python's own machine imports and calls whatever
the program names. This one knows the instructions that a checkpoint needs, and of names only those of
its tables: what it builds are dictionaries, lists, numbers, texts and descriptions of tensors, all of
its own making. Anything else is refused. Nothing is imported or called, memory grows with the pickle's
length and no faster, and no depth of nesting is followed by recursion.

The instructions: CPython's `Lib/pickletools.py`.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botcore_llama.checkpoint.pickled_tensors import BUILDERS, Damaged, Name, Refused, known_name, storage_of
from botcore_llama.checkpoint.wording import shown


def read_pickle(data: bytes) -> object:
    """Return what the pickle describes.

    Raises `Refused` and `Damaged`.
    """
    machine = _Machine()
    try:
        for instruction, argument, _ in pickletools.genops(data):
            machine.do(instruction.name, argument)
    except (ValueError, IndexError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(f"its pickle makes no sense: {shown(str(error))}") from error
    return machine.result


_MARK = object()


@dataclass(slots=True)
class _Machine:
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    result: object = None

    def do(self, name: str, argument: Any) -> None:
        if name in PUSHES:
            self.stack.append(argument)
        elif name in CONSTANTS:
            self.stack.append(CONSTANTS[name]())
        elif name in STEPS:
            STEPS[name](self, argument)
        elif name not in IGNORED:
            raise Refused(f"it uses the pickle instruction {name}, which no checkpoint needs")

    def pop_to_mark(self) -> list[Any]:
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise Damaged("its pickle lacks a mark")
        items = self.stack[place + 1 :]
        del self.stack[place:]
        return items

    def remember(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise Damaged("its pickle has entries for what is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            # A tuple would be hashed by recursion, however deep it is.
            if not isinstance(key, str | int):
                raise Damaged("its pickle has a key that is no text")
            target[key] = value

    def extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise Damaged("its pickle has items for what is no list")
        target.extend(items)

    def call(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        build = BUILDERS.get(function) if isinstance(function, Name) else None
        if build is None or not isinstance(arguments, tuple):
            raise Refused("it calls what is no part of a tensor")
        self.stack.append(build(*arguments))

    def set_state(self) -> None:
        """Forget what an ordered dictionary carries beside its entries: versions of torch's modules."""
        self.stack.pop()
        if not isinstance(self.stack[-1], dict):
            raise Refused("it gives a state to what has none")


def _tuple_of(count: int) -> Callable[[_Machine, Any], None]:
    def step(machine: _Machine, _: Any) -> None:
        items = tuple(machine.stack[-count:])
        if len(items) < count:
            raise Damaged("its pickle takes more than it puts down")
        machine.stack[-count:] = [items]

    return step


def _stop(machine: _Machine) -> None:
    machine.result = machine.stack.pop()


PUSHES: Final = frozenset(
    {"BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
)
CONSTANTS: Final[Mapping[str, Callable[[], object]]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "MARK": lambda: _MARK,
}
IGNORED: Final = frozenset({"PROTO", "FRAME"})
STEPS: Final[Mapping[str, Callable[[_Machine, Any], None]]] = {
    "GLOBAL": lambda machine, text: machine.stack.append(known_name(*text.split(" ", 1))),
    "STACK_GLOBAL": lambda machine, _: machine.stack.append(
        known_name(*reversed((machine.stack.pop(), machine.stack.pop())))
    ),
    "BINPERSID": lambda machine, _: machine.stack.append(storage_of(machine.stack.pop())),
    "REDUCE": lambda machine, _: machine.call(),
    "BUILD": lambda machine, _: machine.set_state(),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.pop_to_mark())),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "SETITEM": lambda machine, _: machine.set_items([*reversed((machine.stack.pop(), machine.stack.pop()))]),
    "SETITEMS": lambda machine, _: machine.set_items(machine.pop_to_mark()),
    "APPEND": lambda machine, _: machine.extend([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.extend(machine.pop_to_mark()),
    "BINPUT": lambda machine, place: machine.remember(place),
    "LONG_BINPUT": lambda machine, place: machine.remember(place),
    "MEMOIZE": lambda machine, _: machine.remember(len(machine.memo)),
    "BINGET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "LONG_BINGET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "STOP": lambda machine, _: _stop(machine),
}
