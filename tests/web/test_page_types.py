"""The page's hand-written types state the same shapes as the API's OpenAPI document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from backend.settings import Settings
from backend.web.app import create_app
from backend.wiring import build

TYPES = Path(__file__).resolve().parents[2] / "frontend" / "src" / "lib" / "api" / "types.ts"
CALLED = {"CatalogueArea": "AreaCard"}
"""Where the page calls a schema by another name."""


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    app = create_app(build(Settings(_env_file=None)))
    return app.openapi()["components"]["schemas"]


def interfaces() -> dict[str, dict[str, str]]:
    """Every exported interface: field to type, as written."""
    text = re.sub(r"/\*.*?\*/", "", TYPES.read_text(encoding="utf-8"), flags=re.DOTALL)
    found: dict[str, dict[str, str]] = {}
    for name, body in re.findall(r"export interface (\w+) \{\n(.*?)\n\}", text, flags=re.DOTALL):
        found[name] = dict(re.findall(r"^  (\w+)\??: (.+);$", body, flags=re.MULTILINE))
    return found


def aliases() -> dict[str, set[str]]:
    """Every exported union of strings."""
    text = TYPES.read_text(encoding="utf-8")
    unions = re.findall(r"export type (\w+) =\s*(.*?);", text, flags=re.DOTALL)
    return {name: set(re.findall(r"'([^']+)'", body)) for name, body in unions}


def test_every_interface_of_the_page_is_a_schema_with_the_same_fields(
    schemas: dict[str, Any],
) -> None:
    written = interfaces()
    assert len(written) >= 12
    for name, fields in written.items():
        schema = schemas[CALLED.get(name, name)]
        assert set(fields) == set(schema["properties"]), name


def test_fields_that_may_be_null_are_the_same_on_both_sides(schemas: dict[str, Any]) -> None:
    for name, fields in interfaces().items():
        for field, kind in fields.items():
            stated = schemas[CALLED.get(name, name)]["properties"][field]
            nullable = any(option.get("type") == "null" for option in stated.get("anyOf", []))
            assert ("null" in kind) == nullable, f"{name}.{field}"


def test_unions_of_words_hold_the_same_words(schemas: dict[str, Any]) -> None:
    unions = aliases()
    stated = {
        "LineKind": schemas["Line"]["properties"]["kind"],
        "Outcome": schemas["QuestionReport"]["properties"]["outcome"],
        "ExpectationStatus": schemas["ExpectationReport"]["properties"]["status"],
        "ExpectationKind": schemas["ExpectationReport"]["properties"]["kind"],
        "Level": schemas["InterviewView"]["properties"]["level"],
        "Mode": schemas["InterviewView"]["properties"]["mode"],
        "Intent": schemas["Said"]["properties"]["intent"]["anyOf"][0],
    }
    for name, schema in stated.items():
        assert unions[name] == set(schema["enum"]), name
