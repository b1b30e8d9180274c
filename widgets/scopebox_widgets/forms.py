"""Try-it forms: send a request, emit an event, run operations; each shows what came back, step by step."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.errors import ScopeboxError
from scopebox.registry.event_names import matches
from scopebox.store.access.access import role_names
from scopebox.views.html import Markup, element
from scopebox.vocabulary import HOOK_KINDS, METHODS
from scopebox.workbench import tryout
from scopebox.workbench.operation_options import operation_options
from scopebox.workbench.typed_in import header_of

from scopebox_widgets.fields import WIDE, FieldError, area, mark, parsed, unmark
from scopebox_widgets.html import Html
from scopebox_widgets.option_fields import OptionFields
from scopebox_widgets.results import answer, called, filtered, ran
from scopebox_widgets.view import View, button, failure, offer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.store.access import Accountability

INTERNAL_LABEL: Final = "nobody (internal)"


class Form:
    """A form below a table: it runs beside the main thread, and shows what came when it comes."""

    def __init__(self, view: View, label: str) -> None:
        self._view = view
        self._answer = Html()
        self._button = button(label, view.guarded(lambda _: self._attempt(self._submit)), kind="primary")

    def _framed(self, title: str, *controls: widgets.Widget, more: tuple[widgets.Widget, ...] = ()) -> widgets.VBox:
        self._controls = controls
        head = Html(element("h3", title))
        frame = widgets.VBox([head, *controls, widgets.HBox([self._button, *more]), self._answer])
        frame.add_class("sbx-form")
        return frame

    @property
    def _fields(self) -> tuple[widgets.Widget, ...]:
        """What may be marked."""
        return self._controls

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
            self._view.voice.say("")

    def _run(self, work: Coroutine[object, object, Markup]) -> None:
        """Run ``work`` and show the HTML that it returns, or what it raises, in the form itself."""
        self._button.disabled = True
        self._answer.value = element("p", "Running …", class_="sbx-note")

        async def answered() -> None:
            try:
                self._answer.value = element("div", await work, data_sbx="answer")
                self._view.voice.say(f"{self._button.description}: the answer is below the form.")
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
        self._chooser = widgets.Dropdown(description="Endpoint", layout=widgets.Layout(width=WIDE))
        self._method = widgets.Dropdown(description="Method", options=[*METHODS, "SEARCH", "HEAD", "OPTIONS"])
        self._path = widgets.Text(description="Path", value="/", layout=widgets.Layout(width=WIDE))
        self._headers = area("Headers", "", 2, "content-type: application/json")
        self._body = area("Body", "", 3, '{"text": "hello"}')
        self._chooser.observe(view.guarded(lambda _: self._fill()), "value")
        self.widget = self._framed("Try a request", self._chooser, self._method, self._path, self._headers, self._body)

    def draw(self, box: Sandbox) -> None:
        """Offer the endpoints there are."""
        offer(self._chooser, [(f"{entry.method} {entry.path}", (entry.method, entry.path)) for entry in box.endpoints])

    def _fill(self) -> None:
        if self._chooser.value is not None:
            self._method.value, self._path.value = self._chooser.value

    def _submit(self) -> None:
        headers = dict(header(self._headers, line) for line in self._headers.value.splitlines() if line.strip())
        content = self._body.value.encode()
        self._run(self._send(self._method.value, self._path.value.strip(), headers, content))

    async def _send(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Markup:
        started = time.perf_counter()
        response = await self._view.box.arequest(method, path, headers=headers, content=content)
        return answer(response, time.perf_counter() - started)


class EventForm(Form):
    """Emits an event with a payload, in somebody's name."""

    def __init__(self, view: View) -> None:
        super().__init__(view, "Emit")
        self._chooser = widgets.Dropdown(description="Hook", layout=widgets.Layout(width=WIDE))
        self._kind = widgets.Dropdown(description="Kind", options=HOOK_KINDS)
        self._event = widgets.Text(description="Event", value="items.create", layout=widgets.Layout(width=WIDE))
        self._payload = area("Payload", '{"title": "Hello"}')
        self._meta = area("Meta", "{}", 2, '{"collection": "articles"}')
        self._role = widgets.Dropdown(description="As role", options=[INTERNAL_LABEL])
        self._chooser.observe(view.guarded(lambda _: self._fill()), "value")
        self.widget = self._framed(
            "Try an event", self._chooser, self._kind, self._event, self._payload, self._meta, self._role
        )

    def draw(self, box: Sandbox) -> None:
        """Offer the hooks and the roles there are."""
        events = dict.fromkeys((entry.kind, entry.event) for entry in box.hooks)
        offer(self._chooser, [(f"{kind} {event}", (kind, event)) for kind, event in events])
        offer(self._role, [(name, name) for name in (INTERNAL_LABEL, *role_names(box.store.access))])

    def _fill(self) -> None:
        if self._chooser.value is not None:
            self._kind.value, pattern = self._chooser.value
            self._event.value = example(pattern)

    def _submit(self) -> None:
        payload, meta = parsed(self._payload), parsed(self._meta, {})
        if not isinstance(meta, dict):
            raise FieldError(self._meta, "Meta has to be an object", hint='For example {"collection": "articles"}.')
        self._run(self._emit(self._kind.value, self._event.value.strip(), payload, meta))

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
        self._chooser = widgets.Dropdown(description="Operation", layout=widgets.Layout(width=WIDE))
        self._add = button("Add as a step", view.guarded(lambda _: self._attempt(self._on_add)))
        self._steps = area("Steps", "", 4, '[{"operation": "id", "options": {"text": "{{ $last.text }}"}}]')
        self._trigger = area("Trigger", "{}", 2)
        self._options = OptionFields(view.guarded(self._choose))
        self._chooser.observe(view.guarded(lambda _: self._fill()), "value")
        note = "Options may use {{ $trigger.… }}, {{ $last.… }} and {{ id.… }}: the data of the steps before."
        self.widget = self._framed(
            "Try operations", self._chooser, self._options.widget, self._steps, self._trigger,
            Html(element("p", note, class_="sbx-note")), more=(self._add,),
        )  # fmt: skip

    def draw(self, box: Sandbox) -> None:
        """Offer the operations there are."""
        offer(self._chooser, [(entry.id, entry.id) for entry in box.operations])

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
