"""Whether this machine can run a converted model, asked before the model is loaded.

CTranslate2 widens silently what the processor can't compute, and a machine without memory enough has
its model server killed at each start: both are told here instead.
"""

from __future__ import annotations

from collections.abc import Collection

from botcore.errors import ModelError
from botcore_llama.memory import gigabytes, memory_of_machine
from botcore_llama.model_files import ModelFiles

DEFAULT = "default"  # the compute type that follows from the model's own


def refuse_unloadable(files: ModelFiles, compute_type: str, computed: Collection[str], memory: int) -> None:
    """Raise `ModelError` when the model would not run here as it is configured.

    `compute_type`: as in the configuration; `computed`: those that CTranslate2 computes here; `memory`:
    the machine's, in bytes.
    """
    if compute_type != DEFAULT and compute_type not in computed:
        raise ModelError(
            f"engine.compute_type is {compute_type}, which this machine's processor can't compute. It "
            f"can: {', '.join(sorted(computed))}. Choose one of them or leave the setting out."
        )
    if compute_type == DEFAULT and files.weights_type not in computed:
        raise ModelError(
            f"{files.folder} is stored as {files.weights_type}, which this machine's processor can't "
            "compute: it would be widened to float32. Convert the model again with --quantization int8. Or "
            "set engine.compute_type to int8 (narrowed at each start) or float32 (exact, large and slow)."
        )
    if files.size > memory:
        raise ModelError(
            f"{files.folder} takes {gigabytes(files.size)} of memory, and this machine has "
            f"{gigabytes(memory)}. Use a smaller model, or convert it to int8 if it is not."
        )


def refuse_unloadable_here(files: ModelFiles, compute_type: str) -> None:
    """Raise `ModelError` when the model would not run on this machine as it is configured."""
    from botcore_llama.ctranslate2_runner import compute_types  # it takes a while to import

    refuse_unloadable(files, compute_type, compute_types(), memory_of_machine())
