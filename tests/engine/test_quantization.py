"""Every form of weights is CTranslate2's own, to the bit."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from botcore.errors import ModelError
from botcore_llama.convert import convert
from botcore_llama.quantization import BFLOAT16, FLOAT16, QUANTIZATIONS, narrow, quantize
from tests.engine.official import contents, write_official
from tests.engine.tiny_llama import Array, Shape, random_weights, save_checkpoint

SHAPES = {
    "tied": Shape(),
    "its own output": Shape(tied=False),
    "as many key heads as heads": Shape(key_heads=4),
}
# Its own converter needs torch for the others.
OFFICIAL = ("int8", "int8_float16", "float16", "float32")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("quantization", OFFICIAL)
def test_the_file_holds_what_ctranslate2_writes(tmp_path: Path, shape: Shape, quantization: str) -> None:
    weights = random_weights(shape)
    weights["model.layers.0.mlp.up_proj.weight"][3] = 0
    weights["model.layers.0.mlp.up_proj.weight"][4] *= 1e-38
    official = write_official(tmp_path / "official", shape, weights, quantization)
    source = save_checkpoint(tmp_path / "checkpoint", shape, weights)

    convert(source, tmp_path / "ours", quantization, for_another_machine=True)

    assert contents(tmp_path / "ours" / "model.bin") == contents(official)


@pytest.mark.parametrize("quantization", ["bfloat16", "int8_bfloat16"])
def test_bfloat16_is_the_checkpoints_own(tmp_path: Path, quantization: str) -> None:
    shape, weights = Shape(), random_weights(Shape())
    source = save_checkpoint(tmp_path / "checkpoint", shape, weights)

    convert(source, tmp_path / "out", quantization, for_another_machine=True)

    variables, _ = contents(tmp_path / "out" / "model.bin")
    norm = weights["model.norm.weight"].astype(ml_dtypes.bfloat16)
    assert variables["decoder/layer_norm/gamma"] == ("bfloat16", (shape.hidden,), norm.tobytes())
    table = variables["decoder/embeddings/weight"]
    assert table[0] == QUANTIZATIONS[quantization].matrices.name
    if quantization == "bfloat16":
        assert table[2] == weights["model.embed_tokens.weight"].astype(ml_dtypes.bfloat16).tobytes()


@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.integers(1, 70)),
        elements=st.floats(-(2.0**100), 2.0**100, width=32),
    )
)
def test_eight_bits_are_half_a_step_off_at_most(rows: Array) -> None:
    numbers, scales = quantize(rows, "rows")

    back = numbers.astype(np.float64) / scales[:, None].astype(np.float64)
    step = 1 / scales.astype(np.float64)
    assert np.isfinite(scales).all()
    assert (np.abs(back - rows) <= step[:, None] * 0.5001).all()


@given(arrays(np.float32, 40, elements=st.floats(-(2.0**127), 2.0**127, width=32)))
def test_bfloat16_is_half_a_step_off_at_most(numbers: Array) -> None:
    narrowed = narrow(numbers, BFLOAT16, "numbers").astype(np.float64)

    half_a_step = np.maximum(np.abs(numbers.astype(np.float64)) * 2.0**-8, 2.0**-134)
    assert (np.abs(narrowed - numbers) <= half_a_step).all()


def test_what_float16_can_not_hold_is_refused() -> None:
    with pytest.raises(ModelError, match=r"some\.weight has numbers up to 70000, more than float16 holds"):
        narrow(np.array([1, 70_000], np.float32), FLOAT16, "some.weight")


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_what_is_no_number_is_refused(tmp_path: Path, value: float, quantization: str) -> None:
    weights = random_weights(Shape())
    weights["model.layers.1.mlp.down_proj.weight"][3, 5] = value
    source = save_checkpoint(tmp_path / "checkpoint", Shape(), weights)

    with pytest.raises(
        ModelError, match=r"layers\.1\.mlp\.down_proj\.weight has values that are not numbers"
    ):
        convert(source, tmp_path / "out", quantization, for_another_machine=True)

    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]
