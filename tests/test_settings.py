"""Settings: from the environment, checked, named when wrong, and never read at import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.errors import BadInput
from backend.settings import OPENAI, OPENAI_MODEL, Settings, read_settings, shipped
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No VIVA_ variable is set, and the current folder has no .env file."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VIVA_{name.upper()}", raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_with_nothing_set_the_defaults_serve_this_machine_only() -> None:
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.data_dir == Path("viva-data")
    assert settings.max_answer_chars == 20_000


def test_the_shipped_bank_and_prompts_are_found_from_any_folder() -> None:
    settings = read_settings()
    assert (settings.bank_dir / "questions").is_dir()
    assert any(shipped("prompts").iterdir())


def test_every_setting_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {
        "host": "0.0.0.0",
        "port": 9000,
        "data_dir": Path("elsewhere"),
        "bank_dir": Path("bank"),
        "page_dir": Path("page"),
        "embedding_model": "some/model",
        "log_level": "debug",
        "max_answer_chars": 500,
    }
    assert set(wanted) <= set(Settings.model_fields)
    for name, value in wanted.items():
        monkeypatch.setenv(f"VIVA_{name.upper()}", str(value))
    assert read_settings().model_dump(include=set(wanted)) == wanted


def test_variables_of_others_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("VIVA_NOT_A_SETTING", "1")
    assert read_settings().port == 8000


def test_a_dot_env_file_counts_less_than_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("VIVA_PORT=8100\nVIVA_HOST=::1\nOTHER=1\n", encoding="utf-8")
    monkeypatch.setenv("VIVA_PORT", "8200")
    settings = read_settings()
    assert (settings.host, settings.port) == ("::1", 8200)


def test_what_is_given_counts_more_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_PORT", "abc")
    assert read_settings(port=8300).port == 8300


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIVA_PORT", "abc"),
        ("VIVA_PORT", "0"),
        ("VIVA_PORT", "65536"),
        ("VIVA_PORT", ""),
        ("VIVA_LOG_LEVEL", "loud"),
        ("VIVA_MAX_ANSWER_CHARS", "99"),
        ("VIVA_MAX_ANSWER_CHARS", "1e9"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=f"^{name}: .*{value!r}") as caught:
        read_settings()
    assert caught.value.exit_code == 2


def test_every_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIVA_PORT", "abc")
    monkeypatch.setenv("VIVA_LOG_LEVEL", "loud")
    with pytest.raises(BadInput, match=r"VIVA_PORT.*VIVA_LOG_LEVEL"):
        read_settings()


def test_settings_cannot_be_changed() -> None:
    settings = read_settings()
    with pytest.raises(ValidationError):
        settings.port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_importing_every_module_reads_no_setting_and_writes_nothing(tmp_path: Path) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "backend").rglob("*.py"))
        if path.name != "__init__.py"
    ]
    done = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(modules)}"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "VIVA_PORT": "abc", "VIVA_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_key_or_an_address_connects_a_language_model_and_off_disconnects_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not read_settings().uses_model
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1/")
    settings = read_settings()
    assert settings.uses_model
    assert settings.endpoint == "http://127.0.0.1:11434/v1"
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert read_settings().uses_model
    assert read_settings().endpoint == OPENAI
    monkeypatch.setenv("VIVA_LLM", "off")
    assert not read_settings().uses_model


def test_empty_variables_of_the_model_count_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "VIVA_GRADER_MODEL"):
        monkeypatch.setenv(name, "")
    settings = read_settings()
    assert (settings.uses_model, settings.grader_model) == (False, None)


def test_one_named_model_plays_both_roles_and_openai_has_a_default() -> None:
    own = read_settings(openai_base_url="http://127.0.0.1:1/v1", grader_model="judge")
    assert (own.model_of("interviewer"), own.model_of("grader")) == ("judge", "judge")
    both = read_settings(interviewer_model="voice", grader_model="judge")
    assert (both.model_of("interviewer"), both.model_of("grader")) == ("voice", "judge")
    assert read_settings(openai_api_key="k").model_of("grader") == OPENAI_MODEL
    assert read_settings(openai_base_url="http://127.0.0.1:1/v1").model_of("grader") is None


def test_the_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(read_settings()) + str(read_settings().model_dump())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_BASE_URL", "localhost:11434"),
        ("OPENAI_API_KEY", "sk–hunter"),
        ("OPENAI_BASE_URL", "ftp://models.example/v1"),
        ("OPENAI_BASE_URL", "http://me:hunter@models.example/v1"),
        ("VIVA_TONE", "flattering"),
        ("VIVA_GRADER_VOTES", "2"),
        ("VIVA_LLM", "on"),
        ("VIVA_MODEL_TIMEOUT", "0"),
        ("VIVA_MODEL_PRICES", "cheap"),
        ("VIVA_MODEL_PRICES", '{"m": [1]}'),
    ],
)
def test_a_wrong_value_about_the_model_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=f"^{name}") as caught:
        read_settings()
    assert "hunter" not in str(caught.value)


def test_the_example_file_lists_every_setting_with_its_default(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        variable = name.upper() if name.startswith("openai_") else f"VIVA_{name.upper()}"
        assert f"{variable}=" in text, variable
    example = tmp_path / "example"
    example.write_text(text, encoding="utf-8")
    assert Settings(_env_file=example) == Settings(_env_file=None)
    assert read_settings(grader_votes="3").grader_votes == 3
