"""Settings: from the environment, checked, named when wrong, and never read at import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.errors import BadInput
from backend.settings import Settings, read_settings, shipped
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No VIVA_ variable is set, and the current folder has no .env file."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"VIVA_{name.upper()}", raising=False)
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
