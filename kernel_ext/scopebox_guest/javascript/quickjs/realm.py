"""A realm of the engine: a global object with what belongs to it, values that Python holds on to, and calls both ways."""

from __future__ import annotations

import ctypes
import errno
from ctypes import byref, c_size_t, c_uint32, c_void_p, string_at
from typing import TYPE_CHECKING, Final

from scopebox_guest.javascript.quickjs.callbacks import address
from scopebox_guest.javascript.quickjs.interface import (
    TAG_EXCEPTION,
    TAG_MODULE,
    Bare,
    ClassDefinition,
    ExoticMethods,
)
from scopebox_guest.javascript.quickjs.values import UNDEFINED, ThrownError, Value, bare_of, is_undefined

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.javascript.quickjs.callbacks import Callbacks
    from scopebox_guest.javascript.quickjs.interface import Library

SCRIPT: Final = 0
MODULE: Final = 1
COMPILE_ONLY: Final = 1 << 5
ASYNC: Final = 1 << 7
BYTECODE: Final = 1
STRIPPED: Final = 1 << 4 | 1 << 5  # without its source and names of files, which nobody has to read
PENDING, FULFILLED = 0, 1
PORT: Final = b"Port"


class Realm:
    """One realm with a runtime of its own. ``on_call`` takes what the glue says to the port, and returns whether it has to wait."""

    def __init__(self, library: Library, callbacks: Callbacks) -> None:
        self._library = library
        self._callbacks = callbacks
        self._runtime = library.JS_NewRuntime()
        self._context = library.JS_NewContext(self._runtime) if self._runtime else None
        if not self._context:
            raise MemoryError("no memory for JavaScript")
        self._free_value = library.JS_FreeValue
        self._size = c_size_t()
        self._module_name = b""
        self._exports: dict[bytes, Value] = {}
        self._refuse_import: Value | None = None
        self._on_call: Callable[[bytes], int] | None = None
        self._on_rejected: Callable[[Value, Value], None] | None = None
        self._on_handled: Callable[[int], None] | None = None
        callbacks.realm = self
        library.JS_SetHostPromiseRejectionTracker(self._runtime, address(callbacks.track), None)
        library.JS_SetModuleLoaderFunc(self._runtime, address(callbacks.normalise), address(callbacks.load), None)

    # values

    def _free(self, bare: Bare) -> None:
        if bare.tag < 0:  # all others are no objects
            self._free_value(self._context, bare)

    def _take(self, bare: Bare) -> Value:
        """Return what a function of the engine gave, or raise what it threw."""
        if bare.tag == TAG_EXCEPTION:
            raise self._thrown()
        return Value(self, bare)

    def _thrown(self) -> ThrownError:
        return ThrownError(Value(self, self._library.JS_GetException(self._context)))

    def _kept(self, bare: Bare) -> Value:
        """Return a value that belongs to somebody else, kept as well."""
        return Value(self, self._library.JS_DupValue(self._context, bare))

    def _given(self, value: Value) -> Bare:
        """Return a value for a function that takes it over."""
        given: Bare = self._library.JS_DupValue(self._context, value._bare)
        return given

    def _text(self, text: str) -> Value:
        data = text.encode("utf-8", "surrogatepass")
        return self._take(self._library.JS_NewStringLen(self._context, data, len(data)))

    def _bytes(self, value: Value) -> bytes:
        """Return the UTF-8 of a value that is text."""
        size = self._size
        pointer = self._library.JS_ToCStringLen2(self._context, byref(size), value._bare, False)
        if not pointer:
            raise self._thrown()
        try:
            return string_at(pointer, size.value)
        finally:
            self._library.JS_FreeCString(self._context, pointer)

    def _parsed(self, text: bytes) -> Value:
        """Return the value of a JSON text."""
        return self._take(self._library.JS_ParseJSON(self._context, text, len(text), b"<json>"))

    def _json(self, value: Value, *, clone: bool) -> bytes | None:
        """Return the JSON text of a value that is plain data all through, None where that is not so.

        The engine's own writer tells: it refuses whatever has code of its own, such as functions, proxies and getters. What it reads
        back is a structured clone, without the classes and their methods; ``clone`` asks for it. All of that takes less than one look at it in JavaScript.
        """
        library, context, size = self._library, self._context, self._size
        pointer = library.JS_WriteObject(context, byref(size), value._bare, 0)
        if not pointer:
            self._thrown()
            return None
        bare = library.JS_ReadObject(context, pointer, size.value, 0) if clone else None
        library.js_free(context, pointer)
        if bare is not None:
            value = self._take(bare)
        text = self._take(library.JS_JSONStringify(context, value._bare, UNDEFINED, UNDEFINED))
        return None if is_undefined(text) else self._bytes(text)

    def _property(self, value: Value, name: bytes) -> Value:
        return self._take(self._library.JS_GetPropertyStr(self._context, value._bare, name))

    def _set(self, target: Value, name: bytes, value: Value) -> None:
        if self._library.JS_SetPropertyStr(self._context, target._bare, name, self._given(value)) < 0:
            raise self._thrown()

    def _other_global(self) -> Value:
        """Return the global object of another realm, which has the plainest built-ins alone."""
        library = self._library
        context = library.JS_NewContextRaw(self._runtime)
        if not context or library.JS_AddIntrinsicBaseObjects(context) < 0:
            raise MemoryError("no memory for JavaScript")
        return self._take(library.JS_GetGlobalObject(context))

    def _port(self) -> Value:
        """Return the object that leads to Python: ``text in port`` calls ``on_call``."""
        library, number = self._library, c_uint32()
        library.JS_NewClassID(self._runtime, byref(number))
        self._methods = ExoticMethods(has_property=address(self._callbacks.has_property))
        definition = ClassDefinition(class_name=PORT, exotic=ctypes.pointer(self._methods))
        if library.JS_NewClass(self._runtime, number, byref(definition)) < 0:
            raise MemoryError("no memory for JavaScript")
        return self._take(library.JS_NewObjectClass(self._context, number))

    # code

    def _compiled(self, source: bytes, name: bytes, flags: int) -> Value:
        return self._take(self._library.JS_Eval(self._context, source, len(source), name, flags | COMPILE_ONLY))

    def _written(self, code: Value) -> bytes:
        """Return the bytecode of what was compiled."""
        size = c_size_t()
        pointer = self._library.JS_WriteObject(self._context, byref(size), code._bare, BYTECODE | STRIPPED)
        if not pointer:
            raise self._thrown()
        data = string_at(pointer, size.value)
        self._library.js_free(self._context, pointer)
        return data

    def _read(self, bytecode: bytes) -> Value:
        return self._take(self._library.JS_ReadObject(self._context, bytecode, len(bytecode), BYTECODE))

    def _run(self, code: Value) -> Value:
        """Run what was compiled."""
        return self._take(self._library.JS_EvalFunction(self._context, self._given(code)))

    def _call(self, function: Value, *arguments: Value | int | None) -> Value:
        array = (Bare * len(arguments))(*map(bare_of, arguments))
        return self._take(self._library.JS_Call(self._context, function._bare, UNDEFINED, len(arguments), array))

    def _jobs(self) -> None:
        """Run all jobs of promises; raises what a job that cannot go on throws."""
        execute, runtime, context = self._library.JS_ExecutePendingJob, self._runtime, byref(c_void_p())
        while (done := execute(runtime, context)) > 0:
            pass
        if done < 0:
            raise self._thrown()

    # memory

    def _ran_out(self) -> bool:
        """Return whether the library of C has had no memory for the engine since it was last forgotten."""
        return ctypes.get_errno() == errno.ENOMEM

    def _forget_memory(self) -> None:
        ctypes.set_errno(0)

    # promises

    def _is_promise(self, value: Value) -> bool:
        return bool(self._library.JS_IsPromise(value._bare))

    def _state(self, promise: Value) -> int:
        return int(self._library.JS_PromiseState(self._context, promise._bare))

    def _result(self, promise: Value) -> Value:
        return self._take(self._library.JS_PromiseResult(self._context, promise._bare))

    def _mark_handled(self, promise: Value) -> None:
        self._library.JS_PromiseMarkAsHandled(self._context, promise._bare)

    # modules

    def _offer(self, name: str, exports: dict[str, Value], refuse: Value) -> None:
        """Make a module that can be imported; of every other name ``refuse`` returns the error."""
        self._module_name = name.encode()
        self._exports = {export.encode(): value for export, value in exports.items()}
        self._refuse_import = refuse

    def _namespace(self, module: Value) -> Value:
        return self._take(self._library.JS_GetModuleNamespace(self._context, module._bare.content))

    def _is_module(self, code: Value) -> bool:
        return code._tag == TAG_MODULE

    # what the callbacks lead to

    def on_port(self, atom: int) -> int:
        """Hand on the text before ``in port``."""
        size, library = self._size, self._library
        pointer = library.JS_AtomToCStringLen(self._context, byref(size), atom)
        if not pointer:
            return -1
        text = string_at(pointer, size.value)
        library.JS_FreeCString(self._context, pointer)
        assert self._on_call is not None
        try:
            return self._on_call(text)
        except ThrownError as error:
            return self._throw(error._value)

    def _throw(self, value: Value) -> int:
        self._library.JS_Throw(self._context, self._given(value))
        return -1

    def on_rejection(self, promise: Bare, reason: Bare, *, handled: bool) -> None:
        """Hand on that a promise was rejected while nobody asked for it, or is asked for now."""
        if handled:
            if self._on_handled is not None:
                self._on_handled(promise.content)
        elif self._on_rejected is not None:
            self._on_rejected(self._kept(promise), self._kept(reason))

    def on_specifier(self, specifier: bytes) -> int:
        """Return a copy of the specifier if it names the module that there is."""
        if specifier != self._module_name:
            assert self._refuse_import is not None
            try:
                error = self._call(self._refuse_import)
            except ThrownError as problem:
                error = problem._value
            self._throw(error)
            return 0
        return self._library.js_strdup(self._context, specifier) or 0

    def on_module(self, name: bytes) -> int:
        """Return the module, which is made when it is first imported."""
        library = self._library
        module = library.JS_NewCModule(self._context, name, address(self._callbacks.initialise))
        for export in self._exports if module else ():
            if library.JS_AddModuleExport(self._context, module, export) < 0:
                return 0
        return module or 0

    def on_initialise(self, module: int) -> int:
        """Give the module its exports."""
        for export, value in self._exports.items():
            if self._library.JS_SetModuleExport(self._context, module, export, self._given(value)) < 0:
                return -1
        return 0
