"""Reading a shape out of text, and the schema that is sent for it."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from backend.llm.shapes import read_shape, schema_text, strict_schema


class Part(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=9, pattern="^[a-z]+$")]
    share: Annotated[float, Field(ge=0, le=1)] = 0.5


class Whole(BaseModel):
    """A whole
    of parts."""

    parts: Annotated[list[Part], Field(min_length=1)]
    kind: Literal["a", "b"] = "a"


RAW = '{"parts": [{"name": "x", "share": 0.25}], "kind": "b"}'


@pytest.mark.parametrize(
    "text",
    [
        RAW,
        f"```json\n{RAW}\n```",
        f"Sure! {RAW} I hope that helps.",
        f"{{so to speak}} {RAW}",
        f'{{"other": 1}} {RAW}',
        f"{RAW}\n{RAW}",
        f"<think>{RAW.replace('x', 'y')}</think>{RAW}",
        f"thinking without an opening tag</think>{RAW}",
    ],
)
def test_one_object_of_the_shape_is_found_whatever_stands_around_it(text: str) -> None:
    value = read_shape(text, Whole).value
    assert value is not None
    assert value.parts[0].name == "x"
    assert value.kind == "b"


@pytest.mark.parametrize(
    ("text", "fault", "near"),
    [
        ("", "no JSON object", False),
        ("I cannot say.", "no JSON object", False),
        ('{"verdict": 1}', "no JSON object", False),
        (RAW[:-1], "no JSON object", False),
        ('{"parts": []}', "parts: List should have at least 1 item", True),
        ('{"parts": [{"name": "x", "share": 7}]}', "parts.0.share", True),
        (f"{RAW} {RAW.replace('0.25', '0.75')}", "2 different objects", True),
        ('{"parts": [{"name": "x", "name": "y"}]}', "'name' stands twice", True),
    ],
)
def test_what_is_wrong_is_said_and_whether_it_was_near(text: str, fault: str, near: bool) -> None:
    reading = read_shape(text, Whole)
    assert reading.value is None
    assert fault in "; ".join(reading.faults)
    assert reading.near is near


def test_faults_do_not_quote_the_reply() -> None:
    reading = read_shape('{"parts": [{"name": "SECRET WORDS"}]}', Whole)
    assert reading.faults
    assert "SECRET" not in "; ".join(reading.faults)


def test_a_reply_of_braces_only_is_read_in_reasonable_time() -> None:
    assert read_shape("{" * 20_000, Whole).value is None
    assert read_shape('{"a":' * 5_000, Whole).value is None


def test_the_enforced_schema_is_strict_and_uses_common_keywords_only() -> None:
    text = json.dumps(strict_schema(Whole))
    schema = json.loads(text)
    assert schema["required"] == ["parts", "kind"]
    assert schema["additionalProperties"] is False
    assert schema["description"] == "A whole of parts."
    assert schema["properties"]["kind"] == {"enum": ["a", "b"], "type": "string"}
    part = schema["$defs"]["Part"]
    assert (part["required"], part["additionalProperties"]) == (["name", "share"], False)
    for keyword in ("minLength", "pattern", "maximum", "minItems", "default", "title"):
        assert f'"{keyword}"' not in text


def test_the_schema_to_read_keeps_the_limits() -> None:
    assert '"maximum":1' in schema_text(Whole)
