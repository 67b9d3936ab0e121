"""Reading one YAML file into a model, with errors that name file, line and field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from backend.errors import BankError, BankProblem

Model = TypeVar("Model", bound=BaseModel)

_yaml: Any = yaml
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one where there is one
_DATES = "tag:yaml.org,2002:timestamp"
# Dates stay text until the model reads them: YAML itself has no line for a 30th of February.
_Loader: Any = type(
    "_Loader",
    (_Safe,),
    {
        "yaml_implicit_resolvers": {
            first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATES]
            for first, resolvers in _Safe.yaml_implicit_resolvers.items()
        }
    },
)


def read_yaml(path: Path, name: str, model: type[Model]) -> Model:
    """The file as a `model`. `name` is how errors call the file.

    Raises `BankError` with one problem per fault.
    """
    return cast(Model, read_yaml_as(path, name, TypeAdapter(model)))


def read_yaml_as(path: Path, name: str, adapter: TypeAdapter[Any]) -> Any:
    """Like `read_yaml`, for any type that pydantic can validate."""
    text = read_text(path, name)
    try:
        root: yaml.Node | None = _yaml.compose(text, Loader=_Loader)
        data: Any = _yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        what = getattr(error, "problem", None) or str(error)
        raise BankError([BankProblem(name, line, "", "yaml", f"not valid YAML: {what}")]) from error
    doubled = _doubled_keys(name, root)
    if doubled:
        raise BankError(doubled)
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        raise BankError(
            [
                BankProblem(
                    file=name,
                    line=line_of(root, fault["loc"]),
                    field=".".join(str(part) for part in fault["loc"]),
                    rule="schema",
                    message=fault["msg"],
                )
                for fault in error.errors()
            ]
        ) from error


def read_text(path: Path, name: str) -> str:
    """The file's text. Raises `BankError` if it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = BankProblem(name, 0, "", "readable", f"not UTF-8 text: byte {error.start}")
        raise BankError([problem]) from error
    except OSError as error:
        problem = BankProblem(name, 0, "", "readable", f"cannot be read: {error.strerror}")
        raise BankError([problem]) from error


def line_of(node: yaml.Node | None, path: Sequence[str | int]) -> int:
    """The line, from 1, on which the value at `path` starts; of its nearest parent if it is absent."""
    line = node.start_mark.line + 1 if node else 0
    for part in path:
        child = _child(node, part)
        if child is None:
            break
        node = child
        line = node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        items = cast(list[yaml.Node], node.value)
        return items[part] if part < len(items) else None
    if isinstance(node, yaml.MappingNode):
        pairs = cast(list[tuple[yaml.Node, yaml.Node]], node.value)
        for key, value in pairs:
            if str(key.value) == str(part):
                return value
    return None


def _doubled_keys(name: str, node: yaml.Node | None, path: str = "") -> list[BankProblem]:
    problems: list[BankProblem] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in cast(list[tuple[yaml.Node, yaml.Node]], node.value):
            field = f"{path}.{key.value}".lstrip(".")
            if str(key.value) in seen:
                line = key.start_mark.line + 1
                problems.append(BankProblem(name, line, field, "doubled-key", "stands twice"))
            seen.add(str(key.value))
            problems += _doubled_keys(name, value, field)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(cast(list[yaml.Node], node.value)):
            problems += _doubled_keys(name, item, f"{path}.{index}".lstrip("."))
    return problems
