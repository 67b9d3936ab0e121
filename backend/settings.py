"""Every setting of the product, read from the environment into one frozen value.

Nothing is read at import: `wiring.build` or an entry point makes the one `Settings`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from backend.errors import BadInput

ROOT = Path(__file__).resolve().parent
PACKAGED_MODEL = "all-MiniLM-L6-v2"
Role = Literal["interviewer", "grader"]
OPENAI = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-5.4-mini"
"""The model taken when OpenAI itself is the endpoint and none is named."""


def shipped(name: str) -> Path:
    """A content folder: inside an installed package, or beside `backend/` in a checkout."""
    inside = ROOT / "content" / name
    return inside if inside.is_dir() else ROOT.parent / name


def _set_or_none(value: Any) -> Any:
    """A variable that is there and empty counts as not set."""
    return None if isinstance(value, str) and not value.strip() else value


def _whole_number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.strip().isdigit() else value


def _checked_url(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("should be an address such as http://127.0.0.1:11434/v1")
    if parts.username or parts.password:
        raise ValueError("should hold no password; the key goes into OPENAI_API_KEY")
    return value.rstrip("/")


def _printable(value: SecretStr | None) -> SecretStr | None:
    if value and not value.get_secret_value().strip().isascii():
        raise ValueError("should hold letters, digits and ASCII signs only; copy the key again")
    return value


Unset = BeforeValidator(_set_or_none)
Name = Annotated[str | None, Unset]
Seconds = Annotated[float, Field(ge=1, le=600)]


class Settings(BaseSettings):
    """The settings. Each is the environment variable VIVA_<NAME>; `.env.example` lists them.

    Two carry the names that every client of the protocol uses: OPENAI_API_KEY and OPENAI_BASE_URL.
    """

    model_config = SettingsConfigDict(
        env_prefix="VIVA_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    data_dir: Path = Path("viva-data")
    bank_dir: Path = Field(default_factory=lambda: shipped("question_bank"))
    page_dir: Path = ROOT / "web" / "page"
    embedding_model: str = PACKAGED_MODEL
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    max_answer_chars: Annotated[int, Field(ge=100, le=1_000_000)] = 20_000

    llm: Literal["auto", "off"] = "auto"
    openai_api_key: Annotated[SecretStr | None, AfterValidator(_printable), Unset] = Field(
        default=None, validation_alias="OPENAI_API_KEY"
    )
    openai_base_url: Annotated[str | None, AfterValidator(_checked_url), Unset] = Field(
        default=None, validation_alias="OPENAI_BASE_URL"
    )
    interviewer_model: Name = None
    grader_model: Name = None
    tone: Literal["warm", "neutral", "tough"] = "neutral"
    grader_votes: Annotated[Literal[1, 3], BeforeValidator(_whole_number)] = 1
    model_timeout: Seconds = 60
    model_first_word: Seconds = 20
    model_rest: Annotated[float, Field(ge=0, le=600)] = 20
    model_retries: Annotated[int, Field(ge=0, le=5)] = 2
    model_reply_tokens: Annotated[int, Field(ge=200, le=100_000)] = 4000
    session_calls: Annotated[int, Field(ge=1)] = 200
    session_calls_per_minute: Annotated[int, Field(ge=1)] = 30
    session_tokens: Annotated[int, Field(ge=1000)] = 500_000
    model_prices: dict[str, tuple[float, float]] = Field(
        default_factory=dict[str, tuple[float, float]]
    )

    @property
    def uses_model(self) -> bool:
        """Whether a language model is connected: a key or an address is set, and `llm` is not off."""
        return self.llm == "auto" and bool(self.openai_api_key or self.openai_base_url)

    @property
    def endpoint(self) -> str:
        """The address of the language model server, without a slash at the end."""
        return self.openai_base_url or OPENAI

    def model_of(self, role: Role) -> str | None:
        """The model that plays this role; None if the endpoint is not OpenAI and none is named."""
        named = (self.interviewer_model, self.grader_model)
        own, other = named if role == "interviewer" else reversed(named)
        return own or other or (OPENAI_MODEL if self.endpoint == OPENAI else None)


def read_settings(**given: Any) -> Settings:
    """The settings of this process; what is `given` goes before the environment.

    Raises `BadInput` that names the variable to change.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = [
            f"{name}: {fault['msg']}"
            # An address or a key may hold a secret, which is nobody else's to read.
            + ("" if name.startswith("OPENAI_") else f" (it is {fault['input']!r})")
            for fault in error.errors()
            for name in [_variable(fault["loc"])]
        ]
        raise BadInput("; ".join(faults)) from error
    except SettingsError as error:
        # A variable that should hold JSON does not; the library names it and does not quote it.
        raise BadInput(f"VIVA_MODEL_PRICES: not JSON ({error})") from error


def _variable(place: tuple[int | str, ...]) -> str:
    name = "_".join(str(part) for part in place).upper()
    return name if name.startswith("OPENAI_") else f"VIVA_{name}"
