"""Opening a form: by a command or a button, as the platform can, or field by field."""

from __future__ import annotations

from botcore.adapter import Accepted, OpensForms
from botcore.chat_sender import TurnOver
from botcore.declarations import Action, Command
from botcore.delivery import Delivery
from botcore.domain import ConversationKey, InboundEvent, Pressed
from botcore.errors import PluginError, UserError
from botcore.fast_path import FastPath
from botcore.forms.dialogue import Asked
from botcore.forms.dialogues import Dialogues
from botcore.forms.form import Form
from botcore.forms.showing import Showing
from botcore.fronts import Fronts
from botcore.providing import Moment
from botcore.router import Router, typed_behind
from botcore.store import Store
from botcore.store.buttons import PlacedButton
from botcore.store.form_store import Asking, FormStore
from botcore.store.forms import NewForm
from botcore.store.intake import Received


class Opening:
    """Knows what a command or a button opens, and how that is shown."""

    def __init__(
        self,
        *,
        store: Store,
        epoch: int,
        router: Router,
        delivery: Delivery,
        fronts: Fronts,
        fast_path: FastPath,
        dialogues: Dialogues,
    ) -> None:
        self._forms = FormStore(store.database)
        self._epoch = epoch
        self._router = router
        self._delivery = delivery
        self._fronts = fronts
        self._fast_path = fast_path
        self._dialogues = dialogues
        self._showing = Showing(self._forms, delivery, fronts)

    async def close(self) -> None:
        """Let what is being opened come to its end."""
        await self._showing.close()

    async def by_command(self, event: InboundEvent, command: Command) -> Received | None:
        """Open the form of a command that was typed. None when it opens none, and is to run."""
        data = typed_behind(event.text)
        try:
            moment = Moment(event.author, await self._forms.scope_of(event.key))
            form = await self._fast_path.ask(
                command.run.plugin, lambda: self._router.open(command, data, moment)
            )
            if isinstance(form, str):
                return None
            new = self._new(form, command, data, event.key)
        except UserError as error:
            why = self._delivery.spelling(event.key)(str(error))
            return await self._forms.say(event, self._epoch, Asking(why, failed=True))
        if new.step is None:
            received = await self._forms.open(event, self._epoch, new, Asking())
            if received.accepted is Accepted.NEW:
                await self._showing.show(event, new.id, new.form)
            return received
        asking = self._dialogues.asking(Asked(form), new.id, event.key, event.author, direct=event.direct)
        received = await self._forms.open(event, self._epoch, new, asking)
        if received.accepted is Accepted.NEW:
            self._dialogues.begin(event.key, event.author, new.id)
        return received

    async def by_button(
        self, pressed: Pressed, button: PlacedButton, target: Action | Command, form: Form
    ) -> None:
        """Open the form of a button that was pressed. The button stays where it is.

        Raise `PluginError` for a form that nobody takes.
        """
        new = self._new(form, target, button.data, pressed.key)
        if new.step is None:
            await self._forms.open_below(pressed, button, new, Asking())
            await self._showing.show(pressed, new.id, new.form)
            return
        asking = self._dialogues.asking(
            Asked(form), new.id, pressed.key, pressed.author, direct=pressed.direct
        )
        notice = await self._forms.open_below(pressed, button, new, asking)
        self._dialogues.begin(pressed.key, pressed.author, new.id)
        if notice:
            self._delivery.close_turn(TurnOver(notice.turn_id, notice.key, pressed.message_id))

    async def again(self, pressed: Pressed, form_id: str) -> bool:
        """Open a form that could not be opened when it was asked for. False when it is gone."""
        form = await self._forms.find(form_id)
        if form is None or form.author.id != pressed.author.id:
            return False
        await self._showing.show(pressed, form.id, form.form)
        return True

    def _new(self, form: Form, opened_by: Action | Command, data: str, key: ConversationKey) -> NewForm:
        plugin = opened_by.run.plugin
        own_name = f"/{opened_by.name}" if isinstance(opened_by, Command) else opened_by.name
        action = form.submit or own_name
        self._check(form, plugin, action)
        adapter = self._fronts.find(key)
        draws = adapter is not None and adapter.capabilities.forms and isinstance(adapter, OpensForms)
        data = form.data or ("" if form.submit else data)
        return NewForm(plugin, action, data, form, step=None if draws else 0)

    def _check(self, form: Form, plugin: str, action: str) -> None:
        """Raise `PluginError` for a form that nobody takes."""
        target = self._router.target(plugin, action)
        if target is None:
            raise PluginError(f"The form “{form.title}” is for {action}, which {plugin} does not have.")
        if not target.run.takes(form):
            names = ", ".join(form.by_name)
            raise PluginError(f"The form “{form.title}” asks for {names}, not all of which {action} takes.")
