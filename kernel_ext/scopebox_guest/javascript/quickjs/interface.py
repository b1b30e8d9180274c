"""The library of QuickJS and its C interface, as far as it is used.

The library is part of the package ``quickjs-ng``, whose own Python module is not used: importing it starts a thread, and no
thread may exist where guests are forked. Its C functions are no promise of that package, so everything is checked when it is loaded.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_uint8, c_uint32, c_void_p
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from scopebox_guest.engine import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MODULE: Final = "_quickjs"  # the file in the package quickjs-ng that holds the engine
VERSION: Final = b"0.17."  # what the version of the engine begins with

TAG_OBJECT: Final = -1
TAG_MODULE: Final = -3
TAG_INT: Final = 0
TAG_BOOL: Final = 1
TAG_NULL: Final = 2
TAG_UNDEFINED: Final = 3
TAG_UNINITIALIZED: Final = 4
TAG_EXCEPTION: Final = 6


class Bare(ctypes.Structure):
    """A value of the engine as C has it, without a claim to it."""

    _fields_ = (("content", c_int64), ("tag", c_int64))


class ExoticMethods(ctypes.Structure):
    """What objects of a class do instead of ordinary objects; here only ``in`` is of interest."""

    _fields_ = tuple(
        (name, c_void_p)
        for name in (
            "get_own_property",
            "get_own_property_names",
            "delete_property",
            "define_own_property",
            "has_property",
            "get_property",
            "set_property",
        )
    )


class ClassDefinition(ctypes.Structure):
    """A class of objects of the engine."""

    _fields_ = (
        ("class_name", c_char_p),
        ("finalizer", c_void_p),
        ("gc_mark", c_void_p),
        ("call", c_void_p),
        ("exotic", POINTER(ExoticMethods)),
    )


CONTEXT = RUNTIME = c_void_p
ATOM = c_uint32

# name: (what it returns, what it takes)
SIGNATURES: Final[Mapping[str, tuple[object, tuple[object, ...]]]] = {
    "JS_AddIntrinsicBaseObjects": (c_int, (CONTEXT,)),
    "JS_AddModuleExport": (c_int, (CONTEXT, c_void_p, c_char_p)),
    "JS_AtomToCStringLen": (c_void_p, (CONTEXT, POINTER(c_size_t), ATOM)),
    "JS_Call": (Bare, (CONTEXT, Bare, Bare, c_int, POINTER(Bare))),
    "JS_DupValue": (Bare, (CONTEXT, Bare)),
    "JS_Eval": (Bare, (CONTEXT, c_char_p, c_size_t, c_char_p, c_int)),
    "JS_EvalFunction": (Bare, (CONTEXT, Bare)),
    "JS_ExecutePendingJob": (c_int, (RUNTIME, POINTER(CONTEXT))),
    "JS_FreeCString": (None, (CONTEXT, c_void_p)),
    "JS_FreeValue": (None, (CONTEXT, Bare)),
    "JS_GetException": (Bare, (CONTEXT,)),
    "JS_GetGlobalObject": (Bare, (CONTEXT,)),
    "JS_GetModuleNamespace": (Bare, (CONTEXT, c_void_p)),
    "JS_GetPropertyStr": (Bare, (CONTEXT, Bare, c_char_p)),
    "JS_GetVersion": (c_char_p, ()),
    "JS_IsPromise": (ctypes.c_bool, (Bare,)),
    "JS_JSONStringify": (Bare, (CONTEXT, Bare, Bare, Bare)),
    "JS_NewCModule": (c_void_p, (CONTEXT, c_char_p, c_void_p)),
    "JS_NewClass": (c_int, (RUNTIME, c_uint32, POINTER(ClassDefinition))),
    "JS_NewClassID": (c_uint32, (RUNTIME, POINTER(c_uint32))),
    "JS_NewContext": (CONTEXT, (RUNTIME,)),
    "JS_NewContextRaw": (CONTEXT, (RUNTIME,)),
    "JS_NewObjectClass": (Bare, (CONTEXT, c_uint32)),
    "JS_NewPromiseCapability": (Bare, (CONTEXT, POINTER(Bare))),
    "JS_NewRuntime": (RUNTIME, ()),
    "JS_NewStringLen": (Bare, (CONTEXT, c_char_p, c_size_t)),
    "JS_ParseJSON": (Bare, (CONTEXT, c_char_p, c_size_t, c_char_p)),
    "JS_PromiseMarkAsHandled": (None, (CONTEXT, Bare)),
    "JS_PromiseResult": (Bare, (CONTEXT, Bare)),
    "JS_PromiseState": (c_int, (CONTEXT, Bare)),
    "JS_ReadObject": (Bare, (CONTEXT, c_void_p, c_size_t, c_int)),
    "JS_SetHostPromiseRejectionTracker": (None, (RUNTIME, c_void_p, c_void_p)),
    "JS_SetModuleExport": (c_int, (CONTEXT, c_void_p, c_char_p, Bare)),
    "JS_SetModuleLoaderFunc": (None, (RUNTIME, c_void_p, c_void_p, c_void_p)),
    "JS_SetPropertyStr": (c_int, (CONTEXT, Bare, c_char_p, Bare)),
    "JS_Throw": (Bare, (CONTEXT, Bare)),
    "JS_ToCStringLen2": (c_void_p, (CONTEXT, POINTER(c_size_t), Bare, ctypes.c_bool)),
    "JS_WriteObject": (POINTER(c_uint8), (CONTEXT, POINTER(c_size_t), Bare, c_int)),
    "js_free": (None, (CONTEXT, c_void_p)),
    "js_strdup": (c_void_p, (CONTEXT, c_char_p)),
}


class Library:
    """The functions of the engine, each as an attribute of its name."""

    def __init__(self) -> None:
        self._functions = self._loaded(self._path())
        for name, (result, arguments) in SIGNATURES.items():
            try:
                function = getattr(self._functions, name)
            except AttributeError:
                raise UnavailableError(f"the engine in the package quickjs-ng has no function {name}") from None
            function.restype = result
            function.argtypes = arguments
            setattr(self, name, function)
        version = self.JS_GetVersion()
        if not version.startswith(VERSION):
            raise UnavailableError(f"the engine in quickjs-ng is {version.decode()}, and {VERSION.decode()}x is needed")

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]: ...  # C has the types

    @staticmethod
    def _path() -> str:
        spec = find_spec(MODULE)
        if spec is None or spec.origin is None:
            raise UnavailableError("the package quickjs-ng is not installed")
        return spec.origin

    @staticmethod
    def _loaded(path: str) -> ctypes.CDLL:
        try:
            # Keeps the lock of Python: there is one thread, and letting go of it costs time. The engine has an `errno` of its own.
            return ctypes.PyDLL(path, use_errno=True)
        except OSError as error:
            raise UnavailableError(f"the engine in quickjs-ng cannot be loaded ({error})") from None
