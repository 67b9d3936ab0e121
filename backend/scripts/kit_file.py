"""Reading a kit back from its JSON file."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from backend.errors import BadInput
from backend.scripts.kit import Kit


def read_kit(path: Path) -> Kit:
    """The kit in a .json file. Raises `BadInput` naming the file and the field."""
    try:
        return Kit.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadInput(f"--kit {path}: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise BadInput(f"--kit {path}: not a kit: {place} {fault['msg']}") from error
