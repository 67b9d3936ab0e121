"""The JSON Schemas of what goes out of and comes back into the scripts."""

from __future__ import annotations

import json

from backend.scripts.kit import Kit
from backend.scripts.sheet import ScoreSheet


def kit_schema_files() -> dict[str, str]:
    """File name to text: a kit, and a score sheet."""
    models = {"kit.json": Kit, "score_sheet.json": ScoreSheet}
    return {
        name: json.dumps(model.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
        for name, model in models.items()
    }
