"""``dataclasses``, made without generating code: the methods are closures over the fields."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from inspect import get_annotations
from typing import TYPE_CHECKING, Final

from scopebox_guest.python.stand_ins import Alias, Function, Module

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scopebox_guest.python.guest_state import GuestState

MISSING: Final = Alias("MISSING")
FIELDS: Final = "__dataclass_fields__"


class Field:
    """One field of a record."""

    __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "name", "repr")

    def __init__(
        self,
        *,
        default: object = MISSING,
        default_factory: Callable[[], object] | Alias = MISSING,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - the parameters of dataclasses.field
        compare: bool = True,
        kw_only: bool = False,
    ) -> None:
        if default is not MISSING and default_factory is not MISSING:
            raise ValueError("cannot specify both default and default_factory")
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.kw_only = kw_only

    @property
    def has_default(self) -> bool:
        """Whether an object can be made without a value for this field."""
        return self.default is not MISSING or self.default_factory is not MISSING

    def make_default(self) -> object:
        """The value of this field where none is given."""
        return self.default if self.default_factory is MISSING else self.default_factory()


def _own_fields(made: type, kw_only: bool) -> dict[str, Field]:  # noqa: FBT001 - an option of the decorator
    found: dict[str, Field] = {}
    for name, annotation in get_annotations(made).items():
        if annotation.endswith("KW_ONLY"):
            kw_only = True
        elif not annotation.removeprefix("typing.").startswith("ClassVar"):
            found[name] = _field(made, name, kw_only)
    return found


def _field(made: type, name: str, kw_only: bool) -> Field:  # noqa: FBT001 - an option of the decorator
    value = made.__dict__.get(name, MISSING)
    field = value if type(value) is Field else Field(default=value)
    field.name = name
    field.kw_only = field.kw_only or kw_only
    if isinstance(field.default, list | dict | set):
        raise ValueError(f"mutable default {type(field.default)} for field {name} is not allowed: use default_factory")  # noqa: TRY004 - as dataclasses says it
    if field.default is not MISSING:
        setattr(made, name, field.default)
    elif value is not MISSING:
        delattr(made, name)
    return field


def _all_fields(made: type, *, kw_only: bool) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for base in reversed(made.__mro__[1:]):
        found |= base.__dict__.get(FIELDS, {})
    found |= _own_fields(made, kw_only)
    previous = ""
    for field in found.values():
        if not field.init or field.kw_only:
            continue
        if field.has_default:
            previous = field.name
        elif previous:
            raise TypeError(f"non-default argument {field.name!r} follows default argument {previous!r}")
    return found


def _bind(
    title: str, fields: Mapping[str, Field], values: tuple[object, ...], named: dict[str, object]
) -> dict[str, object]:
    """The value of every field, from the arguments of a call."""
    positional = [field.name for field in fields.values() if field.init and not field.kw_only]
    if len(values) > len(positional):
        raise TypeError(f"{title} takes {len(positional) + 1} positional arguments but {len(values) + 1} were given")
    bound = dict(zip(positional, values, strict=False))
    for name, value in named.items():
        if name in bound:
            raise TypeError(f"{title} got multiple values for argument {name!r}")
        if name not in fields or not fields[name].init:
            raise TypeError(f"{title} got an unexpected keyword argument {name!r}")
        bound[name] = value
    missing = [
        field.name for field in fields.values() if field.init and field.name not in bound and not field.has_default
    ]
    if missing:
        listed = " and ".join(repr(name) for name in missing)
        raise TypeError(f"{title} missing {len(missing)} required argument{'s'[: len(missing) > 1]}: {listed}")
    return bound


def _initializer(made: type, fields: Mapping[str, Field]) -> Callable[..., None]:
    title = f"{made.__qualname__}.__init__()"

    def initialize(self: object, /, *values: object, **named: object) -> None:
        bound = _bind(title, fields, values, named)
        for field in fields.values():
            if field.name in bound:
                object.__setattr__(self, field.name, bound[field.name])
            elif field.has_default:
                object.__setattr__(self, field.name, field.make_default())
        finish = getattr(self, "__post_init__", None)
        if finish is not None:
            finish()

    return initialize


def _methods(made: type, fields: Mapping[str, Field], options: Mapping[str, bool]) -> dict[str, object]:
    shown = [field.name for field in fields.values() if field.repr]
    compared = [field.name for field in fields.values() if field.compare]

    def key(record: object) -> tuple[object, ...]:
        return tuple(getattr(record, name) for name in compared)

    def represent(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def equal(self: object, other: object) -> object:
        return key(self) == key(other) if type(other) is type(self) else NotImplemented

    def hashed(self: object) -> int:
        return hash(key(self))

    groups: dict[str, dict[str, object]] = {
        "init": {"__init__": _initializer(made, fields)},
        "repr": {"__repr__": represent},
        "eq": {"__eq__": equal, "__hash__": hashed if options["frozen"] else made.__dict__.get("__hash__")},
        "order": _orderings(key),
        "frozen": {"__setattr__": _frozen_write, "__delattr__": _frozen_write},
    }
    return {name: method for option, group in groups.items() if options[option] for name, method in group.items()}


def _orderings(key: Callable[[object], tuple[object, ...]]) -> dict[str, object]:
    def ordering(operator: str) -> Callable[[object, object], object]:
        def compare(self: object, other: object) -> object:
            return getattr(key(self), operator)(key(other)) if type(other) is type(self) else NotImplemented

        return compare

    return {operator: ordering(operator) for operator in ("__lt__", "__le__", "__gt__", "__ge__")}


def _frozen_write(_self: object, name: str, *_: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _dataclass(state: GuestState) -> Function:
    def decorate(made: object, options: Mapping[str, bool]) -> type:
        if not state.owns_class(made):
            raise TypeError("only a class of this extension can be made a dataclass")
        assert isinstance(made, type)
        fields = _all_fields(made, kw_only=options["kw_only"])
        type.__setattr__(made, FIELDS, fields)
        for name, method in _methods(made, fields, options).items():
            if name not in made.__dict__ or name == "__hash__":
                type.__setattr__(made, name, method)
        return made

    def dataclass(
        made: object = None,
        /,
        *,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - the parameters of dataclasses.dataclass
        eq: bool = True,
        order: bool = False,
        frozen: bool = False,
        kw_only: bool = False,
        slots: bool = False,
    ) -> object:
        del slots  # accepted for code from elsewhere; objects keep their attributes in a dict here
        options = {"init": init, "repr": repr, "eq": eq, "order": order, "frozen": frozen, "kw_only": kw_only}
        return decorate(made, options) if made is not None else lambda late: decorate(late, options)

    return Function("dataclass", dataclass)


def _fields_of(record: object) -> dict[str, Field]:
    made = record if isinstance(record, type) else type(record)
    fields = getattr(made, FIELDS, None)
    if not isinstance(fields, dict):
        raise TypeError("must be called with a dataclass type or instance")
    return fields


def _as_dict(record: object) -> dict[str, object]:
    return {name: _plain(getattr(record, name), _as_dict) for name in _fields_of(record)}


def _as_tuple(record: object) -> tuple[object, ...]:
    return tuple(_plain(getattr(record, name), _as_tuple) for name in _fields_of(record))


def _plain(value: object, convert: Callable[[object], object]) -> object:
    if _is_record(value) and not isinstance(value, type):
        return convert(value)
    if type(value) in {list, tuple}:
        return type(value)(_plain(item, convert) for item in value)  # type: ignore[call-arg, attr-defined]
    if type(value) is dict:
        return {key: _plain(item, convert) for key, item in value.items()}
    return value


def _replace(record: object, /, **changes: object) -> object:
    if isinstance(record, type):
        raise TypeError("replace() should be called on dataclass instances")
    values = {name: getattr(record, name) for name, field in _fields_of(record).items() if field.init}
    return type(record)(**(values | changes))


def _is_record(value: object) -> bool:
    made = value if isinstance(value, type) else type(value)
    return isinstance(getattr(made, FIELDS, None), dict)


def _fields(record: object) -> tuple[Field, ...]:
    return tuple(_fields_of(record).values())


def record_modules(state: GuestState) -> dict[str, Module]:
    """``dataclasses``."""
    names = {
        "FrozenInstanceError": FrozenInstanceError,
        "KW_ONLY": Alias("KW_ONLY"),
        "MISSING": MISSING,
        "asdict": Function("asdict", _as_dict),
        "astuple": Function("astuple", _as_tuple),
        "dataclass": _dataclass(state),
        "field": Function("field", Field),
        "fields": Function("fields", _fields),
        "is_dataclass": Function("is_dataclass", _is_record),
        "replace": Function("replace", _replace),
    }
    return {"dataclasses": Module("dataclasses", names)}
