"""The line where people type, with history, completion and keys for more than one line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app, in_terminal
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import Output, create_output
from prompt_toolkit.styles import Style

_WELCOME = "Ask something, or /help"
_STYLE = Style.from_dict({"prompt": "bold", "placeholder": "ansibrightblack"})


class Command(Protocol):
    """A command as it is offered for completion."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...


class Prompt:
    """Reads questions from a terminal."""

    def __init__(
        self, *, history: Path | None = None, keyboard: Input | None = None, display: Output | None = None
    ) -> None:
        self._completer = _CommandCompleter()
        self._draft = ""  # what was being typed when reading was cancelled
        self._placeholder = _WELCOME
        self._session = PromptSession[str](
            message=[("class:prompt", "> ")],
            prompt_continuation="  ",
            multiline=True,
            history=_open_history(history),
            completer=self._completer,
            complete_while_typing=Condition(_types_command),
            placeholder=lambda: [("class:placeholder", self._placeholder)],
            key_bindings=self._key_bindings(),
            style=_STYLE,
            input=keyboard,
            # With the answers in a pipe, the prompt is on the other stream.
            output=display or create_output(always_prefer_tty=True),
        )

    def offer(self, commands: Sequence[Command]) -> None:
        """Complete these commands from now on."""
        self._completer.commands = [(command.name, command.description) for command in commands]

    async def read(self) -> str | None:
        draft, self._draft = self._draft, ""
        try:
            # The signals and the loop's exception handler belong to the core.
            text = await self._session.prompt_async(
                default=draft, handle_sigint=False, set_exception_handler=False
            )
        except EOFError:
            return None
        except asyncio.CancelledError:
            self._draft = self._session.default_buffer.text  # it is asked for again when the bot is back
            raise
        self._placeholder = ""
        return None if text.strip() in ("/exit", "/quit") else text

    @contextmanager
    def interrupts(self, on_interrupt: Callable[[], None]) -> Iterator[None]:
        """Take the keys while an answer is awaited: Ctrl-C arrives as one; the others wait for the prompt."""
        keyboard, display = self._session.input, self._session.output
        typed: list[KeyPress] = []

        def take_keys() -> None:
            for press in keyboard.read_keys():
                if press.key is Keys.ControlC:
                    on_interrupt()
                else:
                    typed.append(press)

        display.enable_bracketed_paste()
        display.flush()
        try:
            with keyboard.raw_mode(), keyboard.attach(take_keys):
                yield
        finally:
            display.disable_bracketed_paste()
            display.flush()
            store_typeahead(keyboard, typed + keyboard.flush_keys())

    def above(self) -> AbstractAsyncContextManager[object]:
        return in_terminal()

    def _key_bindings(self) -> KeyBindings:
        bindings = KeyBindings()
        typing = has_focus(DEFAULT_BUFFER)  # and not searching the history

        @bindings.add("enter", filter=typing)
        def send(event: KeyPressEvent) -> None:
            buffer = event.current_buffer
            if buffer.document.text_before_cursor.endswith("\\"):
                buffer.delete_before_cursor()
                buffer.newline(copy_margin=False)
            else:
                buffer.validate_and_handle()

        @bindings.add("escape", "enter", filter=typing)
        def begin_line(event: KeyPressEvent) -> None:
            event.current_buffer.newline(copy_margin=False)

        @bindings.add("c-c", filter=typing)
        def clear(event: KeyPressEvent) -> None:
            if not event.current_buffer.text:
                self._placeholder = "Ctrl-D leaves"
            event.current_buffer.reset()

        return bindings


class _CommandCompleter(Completer):
    """Completes the first word of a text that begins with a slash."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, str]] = []

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        if not _is_command(document.text_before_cursor):
            return
        typed = document.text_before_cursor.removeprefix("/")
        for name, description in [*self.commands, ("exit", "Leave the chat")]:
            if name.startswith(typed):
                yield Completion(f"/{name}", start_position=-len(typed) - 1, display_meta=description)


def _types_command() -> bool:
    return _is_command(get_app().current_buffer.document.text_before_cursor)


def _is_command(text: str) -> bool:
    return text.startswith("/") and len(text.split(maxsplit=1)) == 1 and not text[-1].isspace()


def _open_history(path: Path | None) -> History:
    if path is None:
        return InMemoryHistory()
    path.touch(mode=0o600)  # questions are private
    return FileHistory(str(path))
