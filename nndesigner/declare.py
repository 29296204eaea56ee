"""What is declared once serves everywhere: the base of every layer, loss and optimizer.

A declaration is a frozen ``msgspec.Struct`` whose fields carry their title, range, unit and help.
Forms, checks, files, the command line and the tests all read it through `fields_of`.
"""

from __future__ import annotations

import difflib
import functools
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, TypeVar, get_args, get_origin

import msgspec

from nndesigner.errors import DesignerError

#: A name is near a word from this share of common letters on: ``sdg`` is, ``bogus`` is not lbfgs.
_NEAR = 0.65


def near_name(word: str, names: Iterable[str]) -> str:
    """The name that was probably meant, or an empty text."""
    near = difflib.get_close_matches(word.strip().lower(), list(names), n=1, cutoff=_NEAR)
    return near[0] if near else ""


class Declaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a person can choose; its ``kind`` is the stable name in files."""

    title: ClassVar[str] = ""
    help: ClassVar[str] = ""
    #: The fields that a recipe may give without their names, in order: ``conv2d 20 5 relu``.
    positional: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def kind_name(cls) -> str:
        """The stable id of this declaration in files and on the command line."""
        return str(cls.__struct_config__.tag)

    @property
    def kind(self) -> str:
        """The stable id of this declaration in files and on the command line."""
        return self.kind_name()

    def changed(self, **fields: Any) -> Self:
        """A copy with some fields changed, checked like anything read from a file.

        Raises: DesignerError naming the field and what it allows.
        """
        return build(type(self), {**values_of(self), **fields})


def setting(
    title: str,
    help: str = "",
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    unit: str = "",
    advanced: bool = False,
    log: bool = False,
    last: bool = False,
    parts: tuple[str, str] = ("height", "width"),
    most: int | None = None,
    live: bool = False,
    titles: Mapping[str, str] | None = None,
    pattern: str | None = None,
    allowed: str = "",
    when: tuple[str, tuple[Any, ...]] | None = None,
) -> msgspec.Meta:
    """The facts of one field, for use in ``Annotated``.

    ``log`` says that the field is felt on a logarithmic scale, ``advanced`` that forms fold it
    away, ``last`` that it follows all others though a base class declares it, ``titles`` gives the
    words for the choices of a ``Literal``, ``parts`` those for the two numbers of a pair, ``most``
    how many numbers a row of sizes may have. ``when`` names another field and its values for which
    this one counts: forms show it only then. ``live`` says that a change counts for a run that is
    on. A text must match ``pattern``, which ``allowed`` says in words.
    """
    extra = {
        "unit": unit, "advanced": advanced, "log": log, "last": last, "parts": parts,
        "titles": dict(titles or {}), "when": when, "live": live, "allowed": allowed,
    }  # fmt: skip
    limits: dict[str, Any] = {"ge": ge, "gt": gt, "le": le, "lt": lt, "pattern": pattern}
    if most is not None:
        limits |= {"min_length": 1, "max_length": most}
    return msgspec.Meta(title=title, description=help or None, extra=extra, **limits)


FieldType = Literal[
    "integer", "number", "choice", "boolean", "pair", "sizes", "text", "declaration"
]


@dataclass(frozen=True)
class Field:
    """One field of a declaration, as forms and the command line need it."""

    name: str
    title: str
    help: str
    type: FieldType
    default: Any
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    advanced: bool = False
    log: bool = False
    #: It follows all others, though a base class declares it.
    last: bool = False
    #: What the two numbers of a pair are.
    parts: tuple[str, str] = ("height", "width")
    #: How many numbers a row of sizes may have.
    most: int | None = None
    #: A change counts at once for a run that is on.
    live: bool = False
    #: What a text must look like, in words.
    allowed: str = ""
    #: None is allowed and is the default.
    optional: bool = False
    #: Another field and its values for which this one counts.
    when: tuple[str, tuple[Any, ...]] | None = None

    @property
    def range_text(self) -> str:
        """What the field allows, in words: ``a whole number from 1 to 65,536``."""
        if self.type == "choice":
            return "one of " + ", ".join(value for value, _ in self.choices)
        if self.type == "boolean":
            return "yes or no"
        if self.type == "text":
            return self.allowed or "a text"
        noun = {
            "integer": "a whole number",
            "pair": "one or two whole numbers",
            "sizes": f"up to {self.most} whole numbers with × between them, each",
        }.get(self.type, "a number")
        if self.low is not None and self.high is not None and not (self.low_open or self.high_open):
            return f"{noun} from {_number_text(self.low)} to {_number_text(self.high)}"
        parts = []
        if self.low is not None:
            parts.append(f"{'above' if self.low_open else 'at least'} {_number_text(self.low)}")
        if self.high is not None:
            parts.append(f"{'below' if self.high_open else 'at most'} {_number_text(self.high)}")
        return f"{noun} " + " and ".join(parts) if parts else noun


def _number_text(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"


def fields_of(declaration: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Every field of a declaration, in the order of the class, those marked ``last`` behind."""
    return _fields_of(declaration)


@functools.cache
def _fields_of(declaration: Any) -> tuple[Field, ...]:
    hints = typing.get_type_hints(declaration, include_extras=True)
    found = [_field(info, hints[info.name]) for info in msgspec.structs.fields(declaration)]
    return tuple(sorted(found, key=lambda field: field.last))


def _field(info: msgspec.structs.FieldInfo, hint: Any) -> Field:
    metas = [item for item in getattr(hint, "__metadata__", ()) if isinstance(item, msgspec.Meta)]
    base = get_args(hint)[0] if metas else hint
    optional = type(None) in get_args(base)
    if optional:
        base = next(item for item in get_args(base) if item is not type(None))
    meta = metas[0] if metas else msgspec.Meta()
    extra = meta.extra or {}
    # The limits of a number that may be left open stand at the number itself.
    inside = getattr(base, "__metadata__", ())
    limits = inside[0] if inside else meta
    base = get_args(base)[0] if inside else base
    low = limits.ge if limits.ge is not None else limits.gt
    high = limits.le if limits.le is not None else limits.lt
    low_open, high_open = limits.gt is not None, limits.lt is not None
    choices: tuple[tuple[str, str], ...] = ()
    kind: FieldType
    if get_origin(base) is Literal:
        kind = "choice"
        titles = extra.get("titles", {})
        choices = tuple((value, titles.get(value, value)) for value in get_args(base))
    elif get_origin(base) is tuple:
        kind = "sizes" if Ellipsis in get_args(base) else "pair"
        inner = getattr(get_args(base)[0], "__metadata__", ())
        if inner:
            low, high = inner[0].ge, inner[0].le
    elif base is bool:
        kind = "boolean"
    elif base is int:
        kind = "integer"
    elif base is float:
        kind = "number"
    elif base is str:
        kind = "text"
    else:
        kind = "declaration"
    default = info.default
    if default is msgspec.NODEFAULT and info.default_factory is not msgspec.NODEFAULT:
        default = info.default_factory()
    return Field(
        name=info.name,
        title=meta.title or info.name.replace("_", " ").capitalize(),
        help=meta.description or "",
        type=kind,
        default=default,
        low=low,
        low_open=low_open,
        high=high,
        high_open=high_open,
        choices=choices,
        unit=extra.get("unit", ""),
        advanced=extra.get("advanced", False),
        log=extra.get("log", False),
        live=extra.get("live", False),
        allowed=extra.get("allowed", ""),
        last=extra.get("last", False),
        parts=extra.get("parts", ("height", "width")),
        most=meta.max_length,
        optional=optional,
        when=extra.get("when"),
    )


def values_of(declaration: msgspec.Struct) -> dict[str, Any]:
    """The fields of a declaration by name, without its kind."""
    return {name: getattr(declaration, name) for name in declaration.__struct_fields__}


D = TypeVar("D", bound=msgspec.Struct)
#: Where msgspec says that something is wrong: ``at `$.clip_limit` ``.
_PLACE = re.compile(r"`\$\.(\w+)")


def build(cls: type[D], values: Mapping[str, Any]) -> D:
    """A declaration from plain values, checked.

    Raises: DesignerError naming the field, what was given and what is allowed.
    """
    fields = {field.name: field for field in fields_of(cls)}
    title = getattr(cls, "title", "") or cls.__name__
    for name in values:
        if name not in fields:
            known = ", ".join(fields) or "none"
            raise DesignerError(f"{title} has no setting {name!r}: it has {known}")
    for name, value in values.items():
        problem = _number_problem(fields[name], value)
        if problem:
            raise DesignerError(f"{title}: {problem}")
    try:
        plain = {
            name: msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else value
            for name, value in values.items()
        }
        tag = cls.__struct_config__.tag
        if tag is not None:
            plain[cls.__struct_config__.tag_field or "kind"] = tag
        return msgspec.convert(plain, cls)
    except msgspec.ValidationError as error:
        text = str(error)
        # The whole name of the field that the path begins with: one may begin with another's.
        place = _PLACE.search(text)
        field = fields.get(place[1]) if place else None
        if field is None or field.type == "declaration":
            raise DesignerError(f"{title}: {text}") from None
        raise DesignerError(
            f"{title}: {field.title.lower()} must be {field.range_text}, got {values[field.name]!r}"
        ) from None


def _whole(text: str) -> int:
    """A whole number as people type it: ``1000``, ``1_000``, ``1e6``. Raises: ValueError."""
    try:
        return int(text.replace("_", ""))
    except ValueError:
        number = float(text)
        if not number.is_integer() or abs(number) > 1e15:
            raise ValueError(text) from None
        return int(number)


def _number_problem(field: Field, value: Any) -> str:
    """msgspec lets NaN and infinities through its ranges: say so here."""
    if isinstance(value, float) and not (float("-inf") < value < float("inf")):
        return f"{field.title.lower()} must be {field.range_text}, got {value}"
    return ""


def parse_value(field: Field, text: str) -> Any:
    """A field's value from what was typed: ``0,5`` and ``0.5``, ``5x3``, ``yes``, ``ReLU``.

    Raises: DesignerError saying what is allowed. The range itself is checked by `build`.
    """
    text = text.strip()
    if field.optional and text.lower() in ("", "none"):
        return None
    complaint = DesignerError(f"{field.title.lower()} must be {field.range_text}, got {text!r}")
    try:
        match field.type:
            case "integer":
                return _whole(text)
            case "number":
                return float(
                    text if text.count(",") != 1 or "." in text else text.replace(",", ".")
                )
            case "pair":
                parts = [int(part) for part in text.lower().replace("×", "x").split("x")]
                if len(parts) not in (1, 2):
                    raise complaint
                return (parts[0], parts[-1])
            case "sizes":
                sizes = text.lower().replace("×", "x").replace("−", "-").replace("?", "-1")
                return tuple(int(part) for part in sizes.replace(",", "x").split("x"))
            case "boolean":
                if text.lower() in ("yes", "true", "on", "1"):
                    return True
                if text.lower() in ("no", "false", "off", "0"):
                    return False
                raise complaint
            case "choice":
                for value, title in field.choices:
                    if text.lower() in (value.lower(), title.lower()):
                        return value
                raise complaint
            case _:
                return text
    except ValueError:
        raise complaint from None
