"""A file of `torch.save` is read for its tensors only, whatever else its pickle asks for."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from botcore.errors import ModelError
from botcore_llama.checkpoint.pth_file import read_pth
from botcore_llama.checkpoint.tensors import Rows, WeightsFile
from tests.engine.torch_writer import (
    FALSE,
    GOOD,
    MARK,
    ORDERED,
    PROTOCOL,
    SETITEMS,
    call,
    dictionary,
    name,
    number,
    save_archive,
    save_torch,
    several,
    storage,
    tensor,
    text,
    whole,
)

DATA = np.arange(6, dtype=np.float32)


def read(path: Path) -> dict[str, Rows]:
    with closing(WeightsFile(path)) as file:
        return {key: value.rows(0, value.shape[0]) for key, value in read_pth(file).items()}


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float16, np.float32])
def test_tensors_are_read_in_every_type(tmp_path: Path, dtype: Any) -> None:
    values = {"a": np.arange(-6, 6).reshape(3, 4).astype(dtype), "b": np.ones(5, dtype)}

    found = read(save_torch(tmp_path / "a.pth", values))

    assert found.keys() == values.keys()
    for key, value in values.items():
        assert np.array_equal(found[key], value.astype(np.float32))


def test_views_of_one_storage_are_found_in_it(tmp_path: Path) -> None:
    stored = storage("0", "FloatStorage", 6)
    entries = {"row": tensor(stored, (1, 3), offset=3), "flat": tensor(stored, (6,)), "all": GOOD}
    path = save_archive(tmp_path / "a.pth", whole(dictionary(entries)), {"data/0": DATA.tobytes()})

    found = read(path)

    assert found["row"].tolist() == [[3, 4, 5]]
    assert found["flat"].tolist() == DATA.tolist()
    assert found["all"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_what_torch_writes_around_tensors_is_understood(tmp_path: Path) -> None:
    """Parameters, module states with their versions, lists and numbers, and texts that come again."""
    parameter = call(name("torch._utils", "_rebuild_parameter"), GOOD, b"\x88", call(ORDERED))
    fp8 = call(
        name("torch._utils", "_rebuild_tensor_v3"),
        *(storage("1", "UntypedStorage", 2).replace(b"ctorch\n", b"ctorch.storage\n"), number(0)),
        *(several(number(2)), several(number(1)), FALSE, call(ORDERED), name("torch", "float8_e4m3fn")),
    )
    state = call(ORDERED) + MARK + text("again") + b"q\x05" + parameter + SETITEMS
    state += dictionary({"_metadata": call(ORDERED)}) + b"b"
    body = state + MARK + text("step") + b"K\x03" + text("rates") + b"](G" + struct.pack(">d", 0.5) + b"e"
    body += text("eight") + fp8 + b"h\x05N" + SETITEMS
    path = save_archive(tmp_path / "a.pth", whole(body), {"data/0": DATA.tobytes(), "data/1": b"ab"})

    with closing(WeightsFile(path)) as file:
        found = read_pth(file)

    assert {key: value.stored_type for key, value in found.items()} == {"eight": "F8_E4M3"}


def damage(**changes: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        pickled = whole(dictionary({"w": changes.pop("entry", GOOD)}))
        members = {"data/0": DATA.tobytes()} | {key.replace("__", "/"): data for key, data in changes.items()}
        return save_archive(path, pickled, members)

    return write


def truncated(path: Path) -> Path:
    save_torch(path, {"w": DATA})
    path.write_bytes(path.read_bytes()[:-100])
    return path


def truncated_within(path: Path) -> Path:
    """Take the middle out, so that the end still says that all is there."""
    save_torch(path, {"w": np.ones(10_000, np.float32)})
    data = path.read_bytes()
    path.write_bytes(data[:5_000] + data[25_000:])
    return path


def compressed(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/data.pkl", whole(dictionary({})))
    return path


def written(data: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return write


def without(member: str) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        with zipfile.ZipFile(path, "w") as archive:
            for name_, data in {"data.pkl": whole(dictionary({"w": GOOD})), "data/0": DATA.tobytes()}.items():
                if name_ != member:
                    archive.writestr(f"a/{name_}", data)
        return path

    return write


OLD = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e80024de9032e")  # how torch before 1.6 begins
STORED = storage("0", "FloatStorage", 6)
DAMAGES: dict[str, Callable[[Path], Path]] = {
    "is damaged or cut off": truncated,
    "is damaged": truncated_within,
    "the format of torch before 1.6": written(OLD * 10),
    "only says where git-lfs keeps it": written(b"version https://git-lfs.github.com/spec/v1\n"),
    r"is no file of torch\.save": written(b"<html>Not found</html>"),
    r"is no file of torch\.save\. Get": written(b""),
    "it has no data.pkl": without("data.pkl"),
    "its data.pkl is far too large": lambda path: save_archive(path, bytes((1 << 21) + 1), {}),
    "its data/0 is missing": without("data/0"),
    "compressed or encrypted": compressed,
    "big-endian": damage(byteorder=b"big"),
    "w is stored with gaps or transposed": damage(entry=tensor(STORED, (3, 2), (1, 3))),
    "is stored with gaps": damage(entry=tensor(STORED, (2, 2), (3, 1))),
    "w is larger than its data": damage(data__0=b"1234"),
    "larger than its data": damage(entry=tensor(STORED, (2, 3), offset=1)),
    "strides do not fit": damage(entry=tensor(STORED, (2, 3), (1,))),
    "sizes are no numbers": damage(entry=tensor(STORED, (2, -3), (1, 1))),
    "no storage or no shape": damage(entry=tensor(text("0"), (2, 3))),
    "holds no dictionary": lambda path: save_archive(path, whole(text("weights")), {}),
    "makes no sense": lambda path: save_archive(path, PROTOCOL + dictionary({"w": GOOD}), {}),
}


@pytest.mark.parametrize("complaint", DAMAGES)
def test_a_bad_file_is_refused(tmp_path: Path, complaint: str) -> None:
    path = DAMAGES[complaint](tmp_path / "a.pth")

    with pytest.raises(ModelError, match=complaint):
        read(path)
