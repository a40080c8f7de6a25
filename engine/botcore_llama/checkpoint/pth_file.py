"""Finds the tensors in a file that `torch.save` wrote.

Since torch 1.6 such a file is a zip archive, nothing in it compressed: `data.pkl` describes the tensors,
and each storage of numbers is a member of its own, named by its key. The numbers are read right where
they lie in the file, so that opening costs the description only.
"""

from __future__ import annotations

import math
import struct
import zipfile
from typing import Final

from botcore.errors import ModelError
from botcore_llama.checkpoint.pickled_tensors import ITEM_BYTES, Damaged, PickledTensor, Refused
from botcore_llama.checkpoint.plain_pickle import read_pickle
from botcore_llama.checkpoint.tensors import StoredTensor, WeightsFile
from botcore_llama.checkpoint.wording import shown

MOST_PICKLE_BYTES = 1 << 21  # that of Llama 3.1 405B takes 200 KiB; a byte may become a hundred in memory
LOCAL_HEADER: Final = struct.Struct("<4s22xHH")  # what stands in front of a member's data
LOCAL_MAGIC = b"PK\x03\x04"
ENCRYPTED = 0x1
OLD_MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"  # of torch before 1.6


def read_pth(file: WeightsFile) -> dict[str, StoredTensor]:
    """Return the tensors of the dictionary that was saved.

    Raises `ModelError` for a file that is damaged, or whose pickle wants more than tensors.
    """
    try:
        return _Archive(file).tensors()
    except Refused as error:
        raise ModelError(
            f"{file.path} can't be used: {error}. Nothing of it was run. "
            "Get the file again from those who made the model, or get the model as safetensors."
        ) from error
    except Damaged as error:
        raise ModelError(f"{file.path} is damaged: {error}. Get the file again.") from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, struct.error) as error:
        raise ModelError(_unreadable(file, error)) from error


def _unreadable(file: WeightsFile, error: Exception) -> str:
    beginning = file.read(0, min(file.size, len(OLD_MAGIC))).tobytes()
    if beginning == OLD_MAGIC:
        return (
            f"{file.path} was written in the format of torch before 1.6, which can't be read safely. "
            "Save it anew with a newer torch: torch.save(torch.load(path, weights_only=True), path)."
        )
    if not beginning.startswith(LOCAL_MAGIC):
        return f"{file.path} is no file of torch.save. Get the file again."
    return f"{file.path} is damaged or cut off ({error}). Get the file again."


class _Archive:
    """A file of `torch.save`, its members by their names behind the common folder."""

    def __init__(self, file: WeightsFile) -> None:
        self._file = file
        with zipfile.ZipFile(file.path) as archive:
            members = archive.infolist()
        pickles = [member.filename for member in members if member.filename.endswith("data.pkl")]
        if len(pickles) != 1:
            raise Damaged("it is no file of torch.save: it has no data.pkl")
        folder = pickles[0].removesuffix("data.pkl")
        self._members = {member.filename.removeprefix(folder): member for member in members}

    def tensors(self) -> dict[str, StoredTensor]:
        if self._bytes("byteorder", b"little") != b"little":
            raise ModelError(
                f"{self._file.path} was written on a big-endian machine, which is not supported."
            )
        saved = read_pickle(self._bytes("data.pkl"))
        if not isinstance(saved, dict):
            raise Damaged("it holds no dictionary of tensors")
        return {
            name: self._tensor(name, value)
            for name, value in saved.items()
            if isinstance(name, str) and isinstance(value, PickledTensor)
        }

    def _bytes(self, name: str, default: bytes | None = None) -> bytes:
        """Read a small member whole."""
        if default is not None and name not in self._members:
            return default
        start, size = self._place(name)
        if size > MOST_PICKLE_BYTES:
            raise Damaged(f"its {name} is far too large")
        return self._file.read(start, size).tobytes()

    def _tensor(self, name: str, tensor: PickledTensor) -> StoredTensor:
        start, size = self._place(f"data/{tensor.storage.key}")
        item = ITEM_BYTES[tensor.type]
        if not _is_whole(tensor):
            raise ModelError(
                f"{self._file.path}: {shown(name)} is stored with gaps or transposed. "
                "Save it anew with torch, after .contiguous()."
            )
        if (tensor.offset + math.prod(tensor.shape)) * item > size:
            raise Damaged(f"{shown(name)} is larger than its data")
        return StoredTensor(name, tensor.shape, tensor.type, self._file, start + tensor.offset * item)

    def _place(self, name: str) -> tuple[int, int]:
        """Return where in the file a member's data begins, and how many bytes it is."""
        member = self._members.get(name)
        if member is None:
            raise Damaged(f"its {shown(name)} is missing")
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & ENCRYPTED:
            raise Damaged(f"its {shown(name)} is compressed or encrypted, as torch never saves it")
        header = self._file.read(member.header_offset, LOCAL_HEADER.size).tobytes()
        magic, name_length, extra_length = LOCAL_HEADER.unpack(header)
        start = member.header_offset + LOCAL_HEADER.size + name_length + extra_length
        if magic != LOCAL_MAGIC or start + member.file_size > self._file.size:
            raise Damaged(f"its {shown(name)} is cut off")
        return start, member.file_size


def _is_whole(tensor: PickledTensor) -> bool:
    """Tell whether the rows lie one behind the other."""
    step = 1
    for size, stride in zip(reversed(tensor.shape), reversed(tensor.strides), strict=True):
        if size != 1 and stride != step:
            return False
        step *= size
    return True
