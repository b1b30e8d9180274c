"""The glue: what is evaluated in a realm before any code of an extension, and the functions that it gives to Python."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from scopebox_guest.driver import values
from scopebox_guest.exports import ID, LISTENERS, METHODS, NO_FUNCTION, NO_OBJECT
from scopebox_guest.javascript.quickjs.realm import SCRIPT
from scopebox_guest.wire import API_PREFIX, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox_guest.javascript.quickjs.realm import Realm
    from scopebox_guest.javascript.quickjs.values import Value
    from scopebox_guest.wire import CallTypes

NAME: Final = b"<glue>"
FUNCTIONS: Final = (
    "arity",
    "describe",
    "failed",
    "guard",
    "invoke",
    "labelOf",
    "prohibited",
    "put",
    "registrar",
    "setUp",
    "settle",
    "show",
    "slot",
    "write",
)

# What a registration looks like, for whoever writes it with several arguments.
OBJECTS: Final = {
    "register-filter": "Write await exec('register-filter', { event: 'items.create', handler }).",
    "register-action": "Write await exec('register-action', { event: 'items.create', handler }).",
    "register-endpoint": "Write await exec('register-endpoint', { path: '/', method: 'GET', handler }).",
    "register-operation": "Write await exec('register-operation', { id: 'name', handler }).",
}


def compiled(realm: Realm) -> bytes:
    """Return the bytecode of the glue, which takes a guest a fraction of what its source would."""
    place = os.path.join(os.path.dirname(__file__), "glue.js")  # noqa: PTH118, PTH120 - pathlib would be imported for it alone
    with open(place, "rb") as file:  # noqa: PTH123 - as above
        return realm._written(realm._compiled(file.read(), NAME, SCRIPT))


def evaluated(realm: Realm, bytecode: bytes) -> Mapping[str, Value]:
    """Return the functions of the glue, by their names."""
    make = realm._run(realm._read(bytecode))
    made = realm._call(make, realm._port(), realm._parsed(encode(values.MAX_DATA_DEPTH)))
    return {name: realm._property(made, name.encode()) for name in FUNCTIONS}


def names(types: CallTypes) -> bytes:
    """Return the names that the glue has to know, as JSON: there they stand nowhere."""
    return encode(
        {
            "functions": types.functions,
            "prefix": API_PREFIX,
            "immediate": dict.fromkeys(types.immediate, True),
            "handlers": types.handlers,
            "objects": OBJECTS,
            "methods": METHODS,
            "routes": [method.lower() for method in METHODS],
            "kinds": LISTENERS,
            "titles": [kind.capitalize() for kind in LISTENERS],
            "noFunction": NO_FUNCTION,
            "noObject": NO_OBJECT,
            "id": ID,
        }
    )
