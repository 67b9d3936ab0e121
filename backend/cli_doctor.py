"""`viva doctor`: which mode is on, and whether the language model can be worked with."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from backend.llm.checkup import Finding
    from backend.llm.endpoint import Endpoint
    from backend.settings import Settings

SIGNS = {"good": "ok", "doubtful": "??", "bad": "!!"}


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Says which mode is on, tries the language model if one is connected, and explains what failed.

    Exit code 0 if all is well (embedded mode included), 2 for a setting, 7 for the language model.
    """
    from backend.settings import read_settings

    settings = read_settings()
    if not settings.uses_model:
        _tell_embedded(settings, as_json)
        return
    findings = asyncio.run(_examine(settings, quiet=as_json))
    bad = [item for item in findings if item.state == "bad"]
    if as_json:
        _print_json(settings, findings)
    else:
        typer.echo()
        typer.echo(_verdict(findings))
    if bad:
        raise typer.Exit(bad[0].error.exit_code if bad[0].error else BadInput.exit_code)


def _tell_embedded(settings: Settings, as_json: bool) -> None:
    why = "VIVA_LLM is off" if settings.llm == "off" else "no OPENAI_API_KEY and no OPENAI_BASE_URL"
    if as_json:
        typer.echo(json.dumps({"mode": "embedded", "why": why, "findings": []}, indent=2))
        return
    typer.echo(f"Mode: embedded ({why}).")
    typer.echo("Interviews and grades are made on this machine; nothing leaves it.")
    if settings.llm != "off":
        if settings.interviewer_model or settings.grader_model:
            typer.echo("A model is named, but without a key or an address it is not used.")
        typer.echo("To connect a language model, set one of the two; docs/models.md shows how.")


async def _examine(settings: Settings, *, quiet: bool) -> list[Finding]:
    findings: list[Finding] = []
    if not quiet:
        key = settings.openai_api_key
        tail = f"ends in {key.get_secret_value().strip()[-4:]}" if key else "none"
        typer.echo(f"Mode: language model at {settings.endpoint} (key: {tail}).")
        for role in ("interviewer", "grader"):
            typer.echo(f"  {role}: {settings.model_of(role) or 'no model named'}")
        typer.echo()
    async for item in _findings(settings):
        findings.append(item)
        if not quiet:
            typer.echo(f"[{SIGNS[item.state]}] {item.step}: {item.said}")
            if item.advice:
                typer.echo(f"     {item.advice}")
    return findings


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    from backend.llm.checkup import Finding, check_endpoint
    from backend.llm.endpoint import endpoint_of
    from backend.llm.ledger import Budget, Ledger
    from backend.llm.openai_chat import OpenAIChat
    from backend.llm.patience import Patience
    from backend.llm.prompt_library import PromptLibrary
    from backend.settings import shipped

    prompts, ledger = PromptLibrary(shipped("prompts")), Ledger(Budget())

    def connect(endpoint: Endpoint) -> OpenAIChat:
        # No retries: what fails now and then is worth seeing.
        return OpenAIChat(endpoint, ledger, prompts, patience=Patience(retries=0))

    if settings.model_of("interviewer") is None:
        # Without a name no role can be tried, but the endpoint may tell which names there are.
        from backend.errors import ModelError

        unnamed = endpoint_of(settings.model_copy(update={"interviewer_model": "-"}), "interviewer")
        try:
            names = await connect(unnamed).model_names()
        except ModelError:
            async for item in check_endpoint([("interviewer", unnamed)], connect, prompts):
                yield item
            return
        advice = f"Set VIVA_INTERVIEWER_MODEL to one of: {', '.join(names) or '(it lists none)'}"
        yield Finding("endpoint", "good", "answers")
        yield Finding("model", "bad", "no model is named, and this endpoint is not OpenAI", advice)
        return
    roles = _roles(settings)
    async for item in check_endpoint(roles, connect, prompts):
        yield item


def _roles(settings: Settings) -> list[tuple[str, Endpoint]]:
    """The roles and their endpoints; one entry if the same model plays both."""
    from backend.llm.endpoint import endpoint_of

    interviewer = endpoint_of(settings, "interviewer")
    grader = endpoint_of(settings, "grader")
    if interviewer.model == grader.model:
        return [("both roles", grader)]
    return [("interviewer", interviewer), ("grader", grader)]


def _verdict(findings: Sequence[Finding]) -> str:
    states = {item.state for item in findings}
    if "bad" in states:
        return "Not usable as it is. Until this is mended, interviews go on in embedded mode."
    if "doubtful" in states:
        return "Usable, with the doubts above."
    return "All well: interviews use the language model."


def _print_json(settings: Settings, findings: Sequence[Finding]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "step": item.step,
            "state": item.state,
            "said": item.said,
            "advice": item.advice,
            "code": item.error.code if item.error else None,
        }
        for item in findings
    ]
    roles = {role: settings.model_of(role) for role in ("interviewer", "grader")}
    value = {"mode": "model", "endpoint": settings.endpoint, "models": roles, "findings": rows}
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
