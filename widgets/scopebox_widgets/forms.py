"""Try-it forms: send a request, emit an event, run operations; each shows what came back, step by step.

Each is filled by the row of what is to be tried, and by the first row there is before that.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.errors import ScopeboxError
from scopebox.registry.event_names import matches
from scopebox.store.access.access import role_names
from scopebox.views.html import Markup, element, text
from scopebox.vocabulary import HOOK_KINDS, METHODS
from scopebox.workbench import tryout
from scopebox.workbench.operation_options import operation_options
from scopebox.workbench.tokens import roles_with_token, token_of
from scopebox.workbench.typed_in import header_of

from scopebox_widgets.fields import REST, FieldError, area, long, mark, parsed, short, unmark
from scopebox_widgets.html import Html
from scopebox_widgets.option_fields import OptionFields
from scopebox_widgets.results import answer, called, filtered, ran
from scopebox_widgets.view import View, button, failure, offer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.store.access import Accountability

INTERNAL_LABEL: Final = "nobody (internal)"
NOBODY_LABEL: Final = "nobody"
BODYLESS: Final = ("GET", "HEAD", "OPTIONS")  # methods of requests that are sent without a body
MAX_ERROR_CHARACTERS: Final = 1_000


class Form:
    """A form below a table: it runs beside the main thread, and shows what came when it comes."""

    widget: widgets.VBox

    def __init__(self, view: View, label: str) -> None:
        self._view = view
        self._answer = Html()
        self._button = button(label, view.guarded(lambda _: self._attempt(self._submit)), kind="primary")

    def _framed(self, line: tuple[widgets.Widget, ...], *below: widgets.Widget) -> widgets.VBox:
        """Return the form: a line of short fields that ends with the button, what is written below it, and the answer."""
        self._controls = (*line, *below)
        first = widgets.HBox([*line, self._button])
        first.add_class("sbx-line")
        frame = widgets.VBox([first, *below, self._answer])
        frame.add_class("sbx-form")
        return frame

    @property
    def _fields(self) -> tuple[widgets.Widget, ...]:
        """What may be marked."""
        return self._controls

    def remind(self, error: str) -> None:
        """Say how the last call ended, in place of an answer to something else."""
        words = element("p", "Its last error: ", text(error, MAX_ERROR_CHARACTERS), class_="sbx-note")
        self._answer.value = words if error else ""

    def draw(self, box: Sandbox) -> None:
        """Offer what there is to choose from."""
        raise NotImplementedError

    def fill(self, filling: Sequence[str]) -> None:
        """Write what is to be tried into the fields."""
        raise NotImplementedError

    def _submit(self) -> None:
        raise NotImplementedError

    def _attempt(self, work: Callable[[], None]) -> None:
        """Do what a button is for; what is wrong with the fields is said in the form, in place of the answer before."""
        unmark(self._fields)
        self._answer.value = ""
        try:
            work()
        except ScopeboxError as error:
            mark(error)
            self._answer.value = element("div", failure(error), role="alert", data_sbx="answer")
            self._view.say("")

    def _run(self, work: Coroutine[object, object, Markup]) -> None:
        """Run ``work`` and show the HTML that it returns, or what it raises, in the form itself."""
        self._button.disabled = True
        self._answer.value = element("p", "Running …", class_="sbx-note")

        async def answered() -> None:
            try:
                self._answer.value = element("div", await work, data_sbx="answer")
                self._view.say(f"{self._button.description}: the answer is below the form.")
            except Exception as error:  # noqa: BLE001 - whatever was tried, its error is the answer
                self._answer.value = element("div", failure(error), role="alert", data_sbx="answer")
            finally:
                self._button.disabled = False

        self._view.start(answered())


def header(field: widgets.Textarea, line: str) -> tuple[str, str]:
    """Return name and value of a header that stands in a field."""
    try:
        return header_of(line)
    except ScopeboxError as error:
        raise FieldError(field, error.message, hint=error.hint) from None


class RequestForm(Form):
    """Sends a request to an endpoint, or to the items API."""

    def __init__(self, view: View) -> None:
        super().__init__(view, "Send")
        self._method = short("Method", [*METHODS, "SEARCH", "HEAD", "OPTIONS"])
        self._path = long("Path", "/items/articles")
        self._role = short("As", [NOBODY_LABEL])
        self._headers = area("Headers", "", 2, "content-type: application/json")
        self._body = area("Body", "", 3, '{"text": "hello"}')
        self._method.observe(view.guarded(lambda _: self._show_body()), "value")
        self.widget = self._framed((self._method, self._path, self._role), self._headers, self._body)
        self._show_body()

    def draw(self, box: Sandbox) -> None:
        """Offer the roles there are."""
        offer(self._role, [(name, name) for name in (NOBODY_LABEL, *roles_with_token(box.store.access))])
        if not self._path.value:
            first = next(((entry.method, entry.path) for entry in box.endpoints), None)
            if first is not None:
                self.fill(first)

    def fill(self, filling: Sequence[str]) -> None:
        """Write method and path into the fields."""
        self._method.value, self._path.value = filling

    def _show_body(self) -> None:
        self._body.layout.display = "none" if self._method.value in BODYLESS else None

    def _submit(self) -> None:
        path = self._path.value.strip()
        if not path.startswith("/"):
            raise FieldError(self._path, "Path has to begin with a slash", hint="For example /items/articles.")
        headers = dict(header(self._headers, line) for line in self._headers.value.splitlines() if line.strip())
        if self._role.value != NOBODY_LABEL:
            token = token_of(self._view.box.store.access, self._role.value)
            headers = {"Authorization": f"Bearer {token}", **headers}
        content = b"" if self._method.value in BODYLESS else self._body.value.encode()
        self._run(self._send(self._method.value, path, headers, content))

    async def _send(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Markup:
        started = time.perf_counter()
        response = await self._view.box.arequest(method, path, headers=headers, content=content)
        return answer(response, time.perf_counter() - started)


class EventForm(Form):
    """Emits an event with a payload, in somebody's name."""

    def __init__(self, view: View) -> None:
        super().__init__(view, "Emit")
        self._kind = short("Kind", HOOK_KINDS)
        self._event = long("Event", "items.create")
        self._payload = area("Payload", '{"title": "Hello"}')
        self._meta = area("Meta", "{}", 2, '{"collection": "articles"}')
        self._role = short("As role", [INTERNAL_LABEL])
        self.widget = self._framed((self._kind, self._event, self._role), self._payload, self._meta)

    def draw(self, box: Sandbox) -> None:
        """Offer the roles there are."""
        offer(self._role, [(name, name) for name in (INTERNAL_LABEL, *role_names(box.store.access))])
        if not self._event.value:
            first = next(((entry.kind, entry.event) for entry in box.hooks), None)
            if first is not None:
                self.fill(first)

    def fill(self, filling: Sequence[str]) -> None:
        """Write kind and event into the fields."""
        self._kind.value, pattern = filling
        self._event.value = example(pattern)

    def _submit(self) -> None:
        payload, meta = parsed(self._payload), parsed(self._meta, {})
        if not isinstance(meta, dict):
            raise FieldError(self._meta, "Meta has to be an object", hint='For example {"collection": "articles"}.')
        event = self._event.value.strip()
        if not event:
            raise FieldError(self._event, "Event has to be a name", hint="For example items.create.")
        self._run(self._emit(self._kind.value, event, payload, meta))

    async def _emit(self, kind: str, event: str, payload: object, meta: dict[str, object]) -> Markup:
        box, who = self._view.box, self._accountability()
        if kind == "filter":
            return filtered(await tryout.emit_filter(box, event, payload, meta, who))
        return called(await tryout.emit_action(box, event, {"payload": payload, **meta}, who))

    def _accountability(self) -> Accountability | None:
        return None if self._role.value == INTERNAL_LABEL else self._view.box.store.access.for_role(self._role.value)


def example(pattern: str) -> str:
    """Return an event that a hook listening to ``pattern`` is called for."""
    for event in ("items.create", "articles.items.create"):
        if matches(pattern, event):
            return event
    return pattern.replace("**", "create").replace("*", "create")


class OperationForm(Form):
    """Runs an operation, or a small chain of them."""

    def __init__(self, view: View) -> None:
        super().__init__(view, "Run")
        self._chooser = widgets.Dropdown(
            description="Operation", layout=widgets.Layout(width="auto", flex=REST, max_width="30em")
        )
        self._add = button("Add as a step", view.guarded(lambda _: self._attempt(self._on_add)))
        self._steps = area("Steps", "", 4, '[{"operation": "id", "options": {"text": "{{ $last.text }}"}}]')
        self._trigger = area("Trigger", "{}", 2)
        self._options = OptionFields(view.guarded(self._choose))
        self._chooser.observe(view.guarded(lambda _: self._fill()), "value")
        words = "Options may use {{ $trigger.… }}, {{ $last.… }} and {{ id.… }}: the data of the steps before."
        note = Html(element("p", words, class_="sbx-note"))
        self.widget = self._framed((self._chooser, self._add), self._options.widget, self._steps, self._trigger, note)

    def draw(self, box: Sandbox) -> None:
        """Offer the operations there are."""
        offer(self._chooser, [(entry.id, entry.id) for entry in box.operations])

    def fill(self, filling: Sequence[str]) -> None:
        """Choose what is to be tried, from its beginning."""
        (operation,) = filling
        if self._chooser.value == operation:
            self._fill()
        self._chooser.value = operation

    def _fill(self) -> None:
        self._options.clear()
        if self._chooser.value is not None:
            self._show([{"operation": self._chooser.value, "options": {}}])
            self._view.start(self._ask())

    def _choose(self) -> None:
        """Write what was chosen into the steps; what there is to choose may depend on it."""
        self._show([{"operation": self._chooser.value, "options": self._options.written}])
        self._view.start(self._ask())

    async def _ask(self) -> None:
        """Show the options that the app half of the operation shows in a Data Studio."""
        operation = self._chooser.value
        shown = await operation_options(self._view.box, operation, self._options.values)
        if shown.options and operation == self._chooser.value:
            self._options.draw(shown)
            self._show([{"operation": operation, "options": self._options.written}])

    def _on_add(self) -> None:
        if self._chooser.value is None:
            raise FieldError(self._chooser, "No operation is registered", hint="Run a cell that registers one.")
        steps = parsed(self._steps, [])
        self._show([*(steps if isinstance(steps, list) else []), {"operation": self._chooser.value, "options": {}}])

    def _show(self, steps: list[object]) -> None:
        self._steps.value = "[\n" + ",\n".join(f"  {json.dumps(step, ensure_ascii=False)}" for step in steps) + "\n]"

    def _submit(self) -> None:
        steps = parsed(self._steps, [])
        if not isinstance(steps, list) or not steps:
            raise FieldError(
                self._steps, "Steps has to be a list of steps", hint='For example [{"operation": "id", "options": {}}].'
            )
        steps = [self._with_masked(step) for step in steps]
        self._check(steps)
        self._run(self._steps_run(steps, parsed(self._trigger, {})))

    def _check(self, steps: list[object]) -> None:
        """Raise FieldError for what the form would not let through of the operation that it shows."""
        for step in steps:
            options = step.get("options") if isinstance(step, dict) else None
            if isinstance(step, dict) and step.get("operation") == self._chooser.value and isinstance(options, dict):
                self._options.check(options)

    @property
    def _fields(self) -> tuple[widgets.Widget, ...]:
        return (*self._controls, *self._options.controls)

    def _with_masked(self, step: object) -> object:
        """Return a step with what was typed unseen, which is not written into the steps."""
        if not isinstance(step, dict) or step.get("operation") != self._chooser.value:
            return step
        options = step.get("options", {})
        return {**step, "options": {**self._options.masked, **options}} if isinstance(options, dict) else step

    async def _steps_run(self, steps: list[object], trigger: object) -> Markup:
        return ran(await tryout.run_operations(self._view.box, steps, trigger))
