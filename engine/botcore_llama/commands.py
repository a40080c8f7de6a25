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
    source: Annotated[Path, typer.Argument(help="A checkpoint of the Llama 3 family, as it was published.")],
    output: Annotated[
        Path | None, typer.Option(help="The folder to make; without it one beside the other models.")
    ] = None,
    quantization: Annotated[
        str,
        typer.Option(help="int8, int8_float16, int8_bfloat16, float16, bfloat16 or float32."),
    ] = "int8",
    adapter: Annotated[
        Path | None, typer.Option(help="A LoRA adapter (PEFT, safetensors) to merge on the way.")
    ] = None,
    for_another_machine: Annotated[
        bool, typer.Option("--for-another-machine", help="Don't ask whether this machine could run it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would give and take.")] = False,
) -> None:
    """Convert a Llama checkpoint to what the model server runs."""
    from botcore_llama.convert_command import run_convert

    run_convert(
        source, output, quantization, adapter, for_another_machine=for_another_machine, dry_run=dry_run
    )


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
