"""`botcore doctor`. Imported for every `--help`, so libraries wait till they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from botcore.checks import Finding

app = typer.Typer()
COLOURS = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "problem": typer.colors.RED}


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of findings.")] = False,
) -> None:
    """Check everything a bot needs and say what to do. The bot may run meanwhile. Exit 1 on a problem."""
    from botcore.doctor import examine_all

    findings = []
    for finding in examine_all():
        findings.append(finding)
        if not as_json:
            _show(finding)
    if as_json:
        _print_json(findings)
    raise typer.Exit(any(finding.health == "problem" for finding in findings))


def _show(finding: Finding) -> None:
    health = typer.style(f"{finding.health:<9}", fg=COLOURS[finding.health])
    typer.echo(f"{health}{finding.about:<15}{finding.text}")
    if finding.advice:
        typer.echo(f"{'':<24}→ {finding.advice}")


def _print_json(findings: list[Finding]) -> None:
    import json
    from dataclasses import asdict

    typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
