"""The commands `botcore model …`.

What they need is imported when they run: every `botcore` command imports this file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from botcore_llama.model_files import ModelFiles

app = typer.Typer(name="model", help="Convert language models and look at them.", no_args_is_help=True)


@app.command()
def info(
    folder: Annotated[
        Path | None, typer.Argument(help="A converted model; without it the one in the configuration.")
    ] = None,
) -> None:
    """Say what a model is, and whether its files can be used."""
    from botcore_llama.model_files import read_model_files

    files = read_model_files(folder or configured_model())
    for name, value in describe(files).items():
        typer.echo(f"{name.replace('_', ' '):<18}{value}")
    if folder is None:
        typer.echo(f"{'loaded':<18}{who_has_it(files.name)}")


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="A Llama checkpoint as Hugging Face lays it out.")],
    output: Annotated[Path, typer.Option(help="The folder to make.")],
    quantization: Annotated[str, typer.Option(help="int8 or float32.")] = "int8",
) -> None:
    """Convert a Llama checkpoint (safetensors) to what the model server runs."""
    from rich.console import Console

    from botcore_llama.convert import convert
    from botcore_llama.model_files import read_model_files

    with Console(stderr=True).status(f"Converting {source} …"):
        convert(source, output, quantization)
    size = megabytes(read_model_files(output).size)
    typer.echo(f"Wrote {output} ({size}). To use it, put this into botcore.toml:\n")
    typer.echo(f'[engine]\nmodel = "{output.resolve()}"')


def configured_model() -> Path:
    from botcore.config import load_settings
    from botcore_llama.settings import read_settings

    return read_settings(load_settings().engine.model_extra or {}).model


def who_has_it(name: str) -> str:
    """Say which process has the configured model loaded, if one has."""
    from botcore.cli.run import run_async
    from botcore.config import load_settings
    from botcore.control.client import owner_status

    report = run_async(owner_status(load_settings().data_folder))
    if report is None:
        return "no, as no bot runs"
    engine = report.engine
    state = f"{engine.state}, {engine.running} answering, {engine.waiting} waiting"
    other = "" if engine.model == name else f"another model ({engine.model}), "
    return f"{other}by process {report.pid}: {state}"


def describe(files: ModelFiles) -> dict[str, str]:
    """Return what is worth knowing, in the words of its makers where they said something."""
    described = {
        "model": files.name,
        "folder": str(files.folder),
        "parameters": f"{files.parameters / 1e6:,.1f} million, as {files.weights_type}",
        "size": megabytes(files.size),
        "context": f"{files.context_tokens:,} tokens",
        "vocabulary": f"{files.vocabulary_size:,} tokens",
        "layers": f"{files.layers} of {files.hidden_size} wide, {files.heads} heads "
        f"({files.key_heads} for keys and values)",
    }
    said_already = {*described, "name", "context_tokens"}
    told = {key: value for key, value in files.metadata.items() if key not in said_already}
    return described | {
        key: str(value) for key, value in told.items() if isinstance(value, str | int | float)
    }


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
