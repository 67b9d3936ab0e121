"""Every setting of the product, read from the environment into one frozen value.

Nothing is read at import: `wiring.build` or an entry point makes the one `Settings`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.errors import BadInput

ROOT = Path(__file__).resolve().parent
PACKAGED_MODEL = "all-MiniLM-L6-v2"


def shipped(name: str) -> Path:
    """A content folder: inside an installed package, or beside `backend/` in a checkout."""
    inside = ROOT / "content" / name
    return inside if inside.is_dir() else ROOT.parent / name


class Settings(BaseSettings):
    """The settings. Each is the environment variable VIVA_<NAME>; `.env.example` lists them."""

    model_config = SettingsConfigDict(
        env_prefix="VIVA_", env_file=".env", extra="ignore", frozen=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    data_dir: Path = Path("viva-data")
    bank_dir: Path = Field(default_factory=lambda: shipped("question_bank"))
    page_dir: Path = ROOT / "web" / "page"
    embedding_model: str = PACKAGED_MODEL
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_answer_chars: Annotated[int, Field(ge=100, le=1_000_000)] = 20_000


def read_settings(**given: Any) -> Settings:
    """The settings of this process; what is `given` goes before the environment.

    Raises `BadInput` that names the variable to change.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = "; ".join(
            f"VIVA_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            f" (it is {fault['input']!r})"
            for fault in error.errors()
        )
        raise BadInput(faults) from error
