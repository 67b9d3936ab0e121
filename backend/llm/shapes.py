"""Shapes a model fills in: their JSON schemas, and reading a reply back without guessing.

A reply counts only if it is exactly one JSON object of the shape. Two different objects that both fit,
or one object that says a thing twice, are ambiguous and count as no reply: whoever could smuggle a
second object into the text must not get to choose which one is believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError

from backend.llm.thinking import without_thinking

T = TypeVar("T", bound=BaseModel)
# What OpenAI's strict mode and the grammars of local servers have in common; pydantic checks the rest.
_KEPT = {"type", "properties", "required", "items", "enum", "const", "anyOf", "$ref", "$defs"} | {
    "description"
}
_MOST_FAULTS = 8


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What came of reading a reply: a value, or what is wrong with it.

    `near` says that there was an object with at least one field of the shape: worth a repair.
    """

    value: T | None
    faults: tuple[str, ...] = ()
    near: bool = False


def strict_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """The schema to enforce: every field required, no other allowed, only widely known keywords."""
    return _strict(shape.model_json_schema())


def schema_text(shape: type[BaseModel]) -> str:
    """The whole schema, limits included, for a model to read."""
    return json.dumps(shape.model_json_schema(), ensure_ascii=False, separators=(",", ":"))


def read_shape(text: str, shape: type[T]) -> Reading[T]:
    """The one object of this shape in `text`, which may have words or a code fence around it."""
    near: list[dict[str, Any]] = []
    for found in _objects(without_thinking(text)):
        if isinstance(found, _Doubled):
            return Reading(None, (f"the field {found.key!r} stands twice",), near=True)
        if set(found) & set(shape.model_fields) and found not in near:
            near.append(found)
    if not near:
        return Reading(None, ("there is no JSON object with the fields that were asked for",))
    fits: list[T] = []
    faults: list[str] = []
    for candidate in near:
        try:
            fits.append(shape.model_validate(candidate))
        except ValidationError as error:
            faults += _faults(error)
    if len(fits) == 1:
        return Reading(fits[0])
    if fits:
        return Reading(None, (f"there are {len(fits)} different objects; give one",), near=True)
    return Reading(None, tuple(faults[:_MOST_FAULTS]), near=True)


@dataclass(frozen=True)
class _Doubled:
    key: str


class _DoubledKeyError(ValueError):
    """A key that stands twice in one object."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _objects(text: str) -> Iterator[dict[str, Any] | _Doubled]:
    """Every outermost JSON object in `text`, in order."""
    decoder = json.JSONDecoder(object_pairs_hook=_without_doubles)
    place = text.find("{")
    while place >= 0:
        try:
            found, end = decoder.raw_decode(text, place)
        except _DoubledKeyError as error:
            yield _Doubled(error.key)
            return
        except (ValueError, RecursionError):
            end = place + 1
        else:
            yield cast(dict[str, Any], found)
        place = text.find("{", end)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise _DoubledKeyError(key)
        seen[key] = value
    return seen


def _faults(error: ValidationError) -> list[str]:
    """What is wrong and where, without quoting the reply."""
    return [
        f"{'.'.join(str(part) for part in fault['loc']) or 'the object'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(item) for item in cast(list[Any], node)]
    if not isinstance(node, dict):
        return node
    given = cast(dict[str, Any], node)
    if "$ref" in given:
        return {"$ref": given["$ref"]}
    kept: dict[str, Any] = {}
    for key, value in given.items():
        if key in ("properties", "$defs"):
            kept[key] = {name: _strict(item) for name, item in value.items()}
        elif key in _KEPT:
            kept[key] = _strict(value) if key in ("items", "anyOf") else value
    if "description" in kept:
        kept["description"] = re.sub(r"\s+", " ", str(kept["description"])).strip()
    if kept.get("type") == "object":
        kept["required"] = list(kept.get("properties", {}))
        kept["additionalProperties"] = False
    return kept
