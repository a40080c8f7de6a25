"""The commands `botcore model …`.

What they need is imported when they run: every `botcore` command imports this file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="model", help="Get language models, look at them and choose one.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Name = Annotated[str, typer.Argument(help="A model's name, as `botcore model list` shows it.")]
FORMS = "int8, int8_float16, int8_bfloat16, float16, bfloat16 or float32."
Form = Annotated[str, typer.Option("--quantization", help=FORMS)]
ForAnother = Annotated[
    bool, typer.Option("--for-another-machine", help="Don't ask whether this machine could run it.")
]


@app.command()
def pull(
    name: Annotated[
        str,
        typer.Argument(help="llama3.2:1b, llama3.1:8b, llama3.3:70b …, or owner/repository[@revision]."),
    ],
    quantization: Form = "int8",
    for_another_machine: ForAnother = False,
) -> None:
    """Download a model of the Llama 3 family and make it ready. Given again, it goes on after a cut."""
    from botcore_llama.pull_command import run_pull

    run_pull(name, quantization, for_another_machine=for_another_machine)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the models on this machine, and which is used."""
    from botcore_llama.keeping_commands import run_list

    run_list(as_json=as_json)


@app.command()
def use(
    name: Annotated[str, typer.Argument(help="A model's name, a folder, or “bundled”.")],
) -> None:
    """Answer with another model from now on: in botcore.toml, and in the bot that runs."""
    from botcore_llama.keeping_commands import run_use

    run_use(name)


@app.command()
def info(
    name: Annotated[
        str | None, typer.Argument(help="A model's name or folder; without it the configured one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a model is, what memory it takes, how fast it is here, and whether its files can be used."""
    from botcore_llama.info_command import run_info

    run_info(name, as_json=as_json)


@app.command()
def remove(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Remove a model that is not in use, or what has begun to arrive of one."""
    from botcore_llama.keeping_commands import run_remove

    run_remove(name, yes=yes)


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="A checkpoint of the Llama 3 family, as it was published.")],
    output: Annotated[
        Path | None, typer.Option(help="The folder to make; without it one beside the other models.")
    ] = None,
    quantization: Form = "int8",
    adapter: Annotated[
        Path | None, typer.Option(help="A LoRA adapter (PEFT, safetensors) to merge on the way.")
    ] = None,
    for_another_machine: ForAnother = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would give and take.")] = False,
) -> None:
    """Convert a Llama checkpoint to what the model server runs."""
    # Blocks are converted in threads; a product of matrices with threads of its own makes them wait for each
    # other (an adapter's took ten times as long). Numpy looks here when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from botcore_llama.convert_command import run_convert

    run_convert(
        source, output, quantization, adapter, for_another_machine=for_another_machine, dry_run=dry_run
    )
