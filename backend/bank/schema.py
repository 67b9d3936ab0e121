"""The JSON Schemas that editors check content files with, generated from the models."""

from __future__ import annotations

import json

from backend.bank.blueprint import Blueprint
from backend.bank.exercise import Exercise
from backend.bank.kit_texts import KitTexts
from backend.bank.persona import Persona
from backend.bank.question import Question
from backend.bank.skills import Area


def schema_files() -> dict[str, str]:
    """File name to text of each schema."""
    models = {
        "question.json": Question,
        "area.json": Area,
        "persona.json": Persona,
        "blueprint.json": Blueprint,
        "exercise.json": Exercise,
        "kit_texts.json": KitTexts,
    }
    return {
        name: json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
        for name, model in models.items()
    }
