"""What a conversion gives and takes is known before it begins, and refused for the right reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from botcore.errors import InputError, ModelError
from botcore_llama import convert as conversion
from botcore_llama.checkpoint import Tensor
from botcore_llama.checkpoint.tensors import Rows
from botcore_llama.convert import convert, plan, refuse_unfit
from botcore_llama.model_writer import Stack, lay_out
from botcore_llama.planning import refuse_unfit_machine
from botcore_llama.quantization import BFLOAT16, FLOAT32, QUANTIZATIONS, Quantization
from tests.engine.disks import have_free
from tests.engine.real_shapes import SHAPES, write_checkpoint
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint

ON_A_CPU = frozenset({"int8", "int8_float32", "float32"})
GIGABYTE = 10**9


@pytest.fixture(scope="module")
def seventy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in the shape of a 70B, whose 141 GB of numbers are holes."""
    return write_checkpoint(tmp_path_factory.mktemp("holes") / "70b", SHAPES["70b"], sparse=True, shards=30)


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
@pytest.mark.parametrize("shape", [Shape(), Shape(tied=False)], ids=["tied", "own output"])
def test_the_size_is_the_size_of_the_file(tmp_path: Path, quantization: str, shape: Shape) -> None:
    source = save_checkpoint(tmp_path / "checkpoint", shape, random_weights(shape))

    convert(source, tmp_path / "out", quantization, for_another_machine=True)

    assert plan(source, quantization).size == (tmp_path / "out" / "model.bin").stat().st_size


def test_a_70b_is_planned_without_reading_it(seventy: Path) -> None:
    before = bytes_read()

    planned = plan(seventy)

    assert planned.parameters == 70_553_706_496
    assert planned.size == pytest.approx(planned.parameters, rel=0.001)
    assert planned.bytes_per_token == 80 * 64 * 128 * 2 * 4
    assert bytes_read() - before < 4 << 20


def bytes_read() -> int:
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["rchar"])


def test_a_70b_is_refused_for_the_machines_memory(
    seventy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "memory_of_machine", lambda: 24 << 30)
    have_free(monkeypatch, 100 * GIGABYTE)

    with pytest.raises(InputError, match=r"has 25\.8 GB of memory, and the weights alone take 70\.6 GB"):
        convert(seventy, tmp_path / "out")
    refuse_unfit(plan(seventy), tmp_path / "out", for_another_machine=True)

    assert list(tmp_path.iterdir()) == []


def test_a_70b_is_accepted_where_it_fits(
    seventy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "memory_of_machine", lambda: 128 << 30)
    have_free(monkeypatch, 100 * GIGABYTE)

    refuse_unfit(plan(seventy), tmp_path / "out")


def test_a_70b_is_refused_for_the_disk(
    seventy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "memory_of_machine", lambda: 128 << 30)
    have_free(monkeypatch, 50 * GIGABYTE)

    with pytest.raises(InputError, match=r"takes 70\.7 GB, and .* has only 50\.0 GB free"):
        convert(seventy, tmp_path / "folder" / "out")

    assert list(tmp_path.iterdir()) == []


def test_a_70b_that_lacks_a_layer_is_refused(tmp_path: Path) -> None:
    source = write_checkpoint(tmp_path / "70b", SHAPES["70b"], sparse=True, shards=82)
    config = (
        (source / "config.json").read_text().replace('"num_hidden_layers": 80', '"num_hidden_layers": 81')
    )
    (source / "config.json").write_text(config)

    with pytest.raises(ModelError, match=r"no tensor model\.layers\.80"):
        plan(source)


@dataclass
class Described:
    """A model of which only this is asked."""

    quantization: Quantization
    size: int = GIGABYTE


@pytest.mark.parametrize("name", ["int8_float16", "int8_bfloat16", "float16", "bfloat16"])
def test_what_the_processor_can_not_compute_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=rf"can't compute {name}: .* Use one of: int8, float32\."):
        refuse_unfit_machine(Described(QUANTIZATIONS[name]), ON_A_CPU, 8 * GIGABYTE)


@pytest.mark.parametrize("name", ["int8", "float32"])
def test_what_it_can_compute_is_not(name: str) -> None:
    refuse_unfit_machine(Described(QUANTIZATIONS[name]), ON_A_CPU, 8 * GIGABYTE)


def test_a_refused_quantization_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botcore_llama.ctranslate2_runner.compute_types", lambda: ON_A_CPU)
    source = save_checkpoint(tmp_path / "checkpoint", Shape(), random_weights(Shape()))

    with pytest.raises(InputError, match="would be loaded as float32, in twice the memory"):
        convert(source, tmp_path / "out", "float16")

    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


class Table(Tensor):
    """The embedding table of the 405B."""

    name = "model.embed_tokens.weight"
    shape = (128_256, 16_384)
    stored_type = "BF16"

    def rows(self, start: int, stop: int) -> Rows:
        raise NotImplementedError


def test_a_variable_beyond_4_gib_is_refused() -> None:
    lay_out([Stack("decoder/embeddings/weight", [Table()], BFLOAT16)], {})

    with pytest.raises(ModelError, match=r"would take 7\.8 GiB as float32; a variable holds at most 4 GiB"):
        lay_out([Stack("decoder/embeddings/weight", [Table()], FLOAT32)], {})
