"""The prompts: files with front matter, checked when they are loaded, rendered to messages.

A prompt is `prompts/<actor>.<act>.md.jinja`: YAML between two lines of `---`, then a Jinja template
with a block `system` and a block `user`. The two are rendered apart, so nothing that a value holds can
become another role. What comes from outside (a candidate, an upload, a retrieved passage) is an input
declared `fenced`: it may stand in the user part only, and every text in it must already carry this
request's delimiter (`fence.py`). Values are plain data; they are never compiled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import yaml
from jinja2 import DictLoader, StrictUndefined, Template, TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from backend.errors import PromptError, PromptInputsWrong, UnknownPrompt
from backend.llm.chat_model import Message

SUFFIX = ".md.jinja"
BLOCKS = ("system", "user")
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8)]
PromptName = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*\.[a-z]+(_[a-z]+)*$")]
InputName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Input(_Strict):
    """One value a prompt needs. `fenced` values come from outside and are kept apart."""

    about: Line
    source: Literal["ours", "fenced"] = "ours"


class FrontMatter(_Strict):
    """What a prompt says about itself. `output` is `text` or the name of the shape it asks for."""

    name: PromptName
    version: Annotated[int, Field(ge=1)]
    purpose: Line
    inputs: dict[InputName, Input]
    output: Annotated[str, StringConstraints(pattern=r"^(text|[A-Z][A-Za-z]+)$")]

    @property
    def fenced(self) -> set[str]:
        return {name for name, item in self.inputs.items() if item.source == "fenced"}


@dataclass(frozen=True)
class Prompt:
    """A checked prompt. `hash` is twelve hex digits over its file and the parts it includes."""

    about: FrontMatter
    hash: str
    template: Template

    def render(self, values: Mapping[str, Any]) -> list[Message]:
        """The messages, those without text left out. Raises `PromptInputsWrong`."""
        self._check(values)
        messages: list[Message] = []
        for role in BLOCKS:
            context = self.template.new_context(dict(values))
            try:
                text = "".join(self.template.blocks[role](context)).strip()
            except TemplateError as error:
                raise PromptInputsWrong(f"{self.about.name}: {error.message}") from error
            if text:
                messages.append(Message(role, text))
        return messages

    def _check(self, values: Mapping[str, Any]) -> None:
        missing = sorted(set(self.about.inputs) - set(values))
        extra = sorted(set(values) - set(self.about.inputs))
        if missing or extra:
            faults = [f"needs {', '.join(missing)}"] if missing else []
            faults += [f"does not take {', '.join(extra)}"] if extra else []
            raise PromptInputsWrong(f"{self.about.name} {' and '.join(faults)}")
        for name in self.about.fenced:
            delimiter = str(values["delimiter"])
            if not delimiter or any(delimiter not in text for text in _texts(values[name])):
                raise PromptInputsWrong(
                    f"{self.about.name}: {name} comes from outside and is not fenced"
                )


class PromptLibrary:
    """Every prompt of a folder. Loading raises `PromptError` that names the file and the fault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = {path.name: _read(path) for path in sorted(folder.glob("*.jinja"))}
        bodies = {name: _split(name, text) for name, text in files.items()}
        self._env = ImmutableSandboxedEnvironment(
            loader=DictLoader({name: body for name, (_, body) in bodies.items()}),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._prompts: dict[str, Prompt] = {}
        for file, (header, body) in bodies.items():
            if not file.startswith("_"):
                prompt = _Reader(self._env, files, file, header, body).prompt
                self._prompts[prompt.about.name] = prompt
        if not self._prompts:
            raise PromptError(f"no prompt (*{SUFFIX}) in {folder}")

    @property
    def names(self) -> list[str]:
        return sorted(self._prompts)

    def prompt(self, name: str) -> Prompt:
        """Raises `UnknownPrompt`."""
        if name not in self._prompts:
            raise UnknownPrompt(f"no prompt {name!r}; there are {', '.join(self.names)}")
        return self._prompts[name]

    def render(self, name: str, /, **inputs: Any) -> list[Message]:
        """The messages of a prompt. Raises `UnknownPrompt` or `PromptInputsWrong`."""
        return self.prompt(name).render(inputs)


@dataclass
class _Reader:
    """Turns one file into a prompt, or says what is wrong with it."""

    env: ImmutableSandboxedEnvironment
    files: Mapping[str, str]
    file: str
    header: str | None
    body: str

    @cached_property
    def prompt(self) -> Prompt:
        about = self._front_matter()
        tree = self._parse(self.body)
        blocks = {block.name: block for block in tree.find_all(nodes.Block)}
        if set(blocks) != set(BLOCKS):
            raise PromptError(f"{self.file}: needs a block system and a block user, and no other")
        used = {name: self._variables(blocks[name]) for name in BLOCKS}
        self._compare(about, used)
        return Prompt(about, self._hash(tree), self.env.get_template(self.file))

    def _front_matter(self) -> FrontMatter:
        if self.header is None:
            raise PromptError(f"{self.file}: must begin with front matter between two lines of ---")
        try:
            about = FrontMatter.model_validate(yaml.safe_load(self.header))
        except yaml.YAMLError as error:
            raise PromptError(f"{self.file}: front matter is not valid YAML: {error}") from error
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
                for fault in error.errors()
            )
            raise PromptError(f"{self.file}: front matter: {faults}") from error
        if self.file != about.name + SUFFIX:
            raise PromptError(f"{self.file}: is called {about.name}, so the file must be too")
        if about.fenced and not {"delimiter", "mark"} <= set(about.inputs):
            raise PromptError(f"{self.file}: fenced inputs need the inputs delimiter and mark")
        return about

    def _compare(self, about: FrontMatter, used: Mapping[str, set[str]]) -> None:
        declared, named = set(about.inputs), used["system"] | used["user"]
        if named - declared:
            raise PromptError(f"{self.file}: uses {_list(named - declared)}, not declared as input")
        if declared - named:
            raise PromptError(f"{self.file}: declares {_list(declared - named)} and never uses it")
        if about.fenced & used["system"]:
            loose = _list(about.fenced & used["system"])
            raise PromptError(f"{self.file}: {loose} comes from outside; keep it in the user part")

    def _variables(self, block: nodes.Block) -> set[str]:
        found = meta.find_undeclared_variables(_as_template(self.env, block.body))
        for name in self._included(block):
            found |= meta.find_undeclared_variables(self._parse(self._text_of(name)))
        return found

    def _hash(self, tree: nodes.Node) -> str:
        digest = hashlib.sha256(self.files[self.file].encode())
        for name in sorted(self._included(tree)):
            digest.update(self.files[name].encode())
        return digest.hexdigest()[:12]

    def _included(self, tree: nodes.Node) -> set[str]:
        names: set[str] = set()
        for include in tree.find_all(nodes.Include):
            if not isinstance(include.template, nodes.Const):
                raise PromptError(f"{self.file}: includes a part by a computed name")
            name = str(include.template.value)
            names |= {name} | self._included(self._parse(self._text_of(name)))
        return names

    def _text_of(self, name: str) -> str:
        if name not in self.files:
            raise PromptError(f"{self.file}: includes {name}, which is not there")
        return self.files[name]

    def _parse(self, text: str) -> nodes.Template:
        try:
            return self.env.parse(text)
        except TemplateError as error:
            line = getattr(error, "lineno", 0)
            raise PromptError(f"{self.file}: line {line}: {error.message}") from error


def _as_template(env: ImmutableSandboxedEnvironment, body: list[nodes.Node]) -> nodes.Template:
    tree = nodes.Template(body, lineno=1)
    return cast(nodes.Template, tree.set_environment(env))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"{path.name}: cannot be read as UTF-8 text") from error


def _split(name: str, text: str) -> tuple[str | None, str]:
    """Front matter and template; a part (`_name.jinja`) has no front matter."""
    if name.startswith("_") or not text.startswith("---\n"):
        return None, text
    header, mark, body = text[4:].partition("\n---\n")
    if not mark:
        raise PromptError(f"{name}: its front matter has no end")
    # Lines of the template keep their numbers in messages.
    return header, "\n" * (header.count("\n") + 3) + body


def _texts(value: Any) -> Iterator[str]:
    """Every text inside plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in cast(Mapping[str, Any], value).values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in cast(list[Any], value):
            yield from _texts(item)


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
