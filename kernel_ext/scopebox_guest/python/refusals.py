"""What the language refuses, as data: the policy speaks these sentences, and the documentation is made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused construct. ``what`` may have a place for the name at fault; ``instead`` says what to write."""

    what: str
    instead: str


REFUSALS: Final = {
    "variable": Refusal(
        "the name {name!r} is refused: names that begin with an underscore are reserved",
        "Leave the underscore away; a single _ is a name like any other.",
    ),
    "attribute": Refusal(
        "the attribute {name!r} is refused: attributes that begin with an underscore are reserved",
        "Use a name without it; of an object's inside only .__name__ and super().__init__() and its like can be used.",
    ),
    "introspection": Refusal(
        "the attribute {name!r} is refused: frames, tracebacks and code objects are out of reach",
        "Attributes may not begin with gi_, cr_, ag_, f_, tb_ or co_; use another name, or a dict.",
    ),
    "opening": Refusal(
        "the attribute {name!r} is refused: it opens a class or a property from the inside",
        "Use isinstance() or issubclass(), or call the function that you made the property of.",
    ),
    "augmented guarded attribute": Refusal(
        "an augmented assignment to the attribute {name!r} is refused",
        "Write x.{name} = x.{name} + … in full, or use another name.",
    ),
    "dunder definition": Refusal(
        "defining {name!r} is refused",
        "Only the ordinary methods (__init__, __len__, __iter__, __enter__, __eq__, __add__, …) can be defined, and only"
        " directly in a class.",
    ),
    "async dunder definition": Refusal(
        "defining {name!r} as async is refused",
        "Only __aenter__, __aexit__, __anext__ and __call__ can be asynchronous methods.",
    ),
    "eval": Refusal(
        "eval is refused: text never becomes code here",
        'Use json.loads() for data, a dict of functions for choices; exec("log", …) is the call to the outside world.',
    ),
    "class arguments": Refusal(
        "arguments of a class are refused, and so are metaclasses",
        "Name only base classes; use a class decorator to change a class.",
    ),
    "class pattern": Refusal(
        "patterns inside a class pattern are refused",
        'Write "case str() as text:" and test further in a guard: "case Point() as p if p.x == 0:".',
    ),
    "guarded pattern": Refusal(
        "the attribute {name!r} is refused in a pattern",
        "Compare in a guard: case value if value == …:",
    ),
    "except star": Refusal(
        "except* is refused",
        "Catch ExceptionGroup as group and look at group.exceptions.",
    ),
    "type alias": Refusal("the type statement is refused", "Write Name = int | str."),
    "type parameters": Refusal("type parameters are refused", "Leave them away: annotations are not evaluated."),
    "star import": Refusal("from … import * is refused", "Name what you need: from math import sqrt, pi."),
    "relative import": Refusal("relative imports are refused", "An extension is one cell; define what you need in it."),
    "future import": Refusal(
        "from __future__ import {name} is refused",
        "Only annotations can be imported from there; they are never evaluated anyway.",
    ),
    "import name": Refusal(
        "importing {name!r} is refused: names that begin with an underscore are reserved",
        "Use the public names of the module.",
    ),
    "unknown syntax": Refusal(
        "{name} is refused", "Write it in older syntax: this one is not known to the sandbox yet."
    ),
    "source size": Refusal(
        "the source is longer than {name} characters",
        "Keep data out of the code: pass it as an input, or read it from a collection.",
    ),
    "nesting": Refusal(
        "the source is nested too deeply, at most {name} levels are compiled",
        "Split the expression; replace long if/elif chains by a dict.",
    ),
    "node count": Refusal(
        "the source is too large: more than {name} elements",
        "Keep data out of the code: pass it as an input, or read it from a collection.",
    ),
    "bidirectional control": Refusal(
        "the source holds the invisible character {name}, which shows code in another order than it runs",
        'Delete it, or write it as an escape such as "\\u202e".',
    ),
    "null character": Refusal("the source holds the invisible character {name}", 'Delete it, or write it as "\\0".'),
    "unreadable source": Refusal("the source cannot be read: {name}", "Delete the characters that are not text."),
}
