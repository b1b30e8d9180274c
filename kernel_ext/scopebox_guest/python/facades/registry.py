"""All modules that a guest can import, and how an import finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox_guest.python.facades.containers import container_modules
from scopebox_guest.python.facades.copies import copy_module
from scopebox_guest.python.facades.data import data_modules
from scopebox_guest.python.facades.digests import digest_modules
from scopebox_guest.python.facades.functional import functional_modules
from scopebox_guest.python.facades.numbers import number_modules
from scopebox_guest.python.facades.records import record_modules
from scopebox_guest.python.facades.text import text_modules
from scopebox_guest.python.facades.times import time_modules
from scopebox_guest.python.facades.typing import typing_modules
from scopebox_guest.python.stand_ins import Module, closed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from scopebox_guest.python.guards import Guards
    from scopebox_guest.python.guest_state import GuestState


def build_modules(state: GuestState, guards: Guards, generator: Random) -> dict[str, Module]:
    """The façades of one guest by dotted name."""
    modules = (
        container_modules(state)
        | copy_module(state)
        | data_modules()
        | digest_modules()
        | functional_modules(state, guards)
        | number_modules(generator)
        | record_modules(state)
        | text_modules()
        | time_modules()
        | typing_modules()
    )
    collections = modules["collections"]
    modules["collections"] = Module("collections", {**vars(collections), "abc": modules["collections.abc"]})
    return modules


class Imports:
    """What ``import`` does in a guest."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = dict(modules)

    def add(self, modules: Mapping[str, Mapping[str, object]]) -> None:
        """Add modules such as ``directus.api``, with the packages that they are in."""
        for dotted, members in modules.items():
            given = {name: closed(name, member) for name, member in members.items()}
            self.modules[dotted] = module = Module(dotted, given)
            while "." in dotted:
                dotted, _, child = dotted.rpartition(".")  # noqa: PLW2901 - one package up
                self.modules[dotted] = module = Module(dotted, {child: module})

    def module(self, name: str) -> Module:
        """``import a.b as c``."""
        try:
            return self.modules[name]
        except KeyError:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name) from None

    def root(self, name: str) -> Module:
        """``import a.b``, which binds ``a``."""
        self.module(name)
        return self.module(name.partition(".")[0])

    def member(self, module: str, name: str) -> object:
        """``from module import name``."""
        found = vars(self.module(module))
        if name not in found:
            raise ImportError(f"cannot import name {name!r} from {module!r}", name=module)
        return found[name]
