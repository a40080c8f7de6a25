"""A pickle that asks for more than tensors is refused, and nothing of it is run."""

from __future__ import annotations

import os
import pickle
import resource
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botcore.errors import ModelError
from botcore_llama.checkpoint.pickled_tensors import Damaged, PickledTensor, Refused
from botcore_llama.checkpoint.plain_pickle import read_pickle
from botcore_llama.checkpoint.pth_file import read_pth
from botcore_llama.checkpoint.tensors import WeightsFile
from tests.engine.torch_writer import (
    BY_ID,
    EMPTY_DICT,
    GOOD,
    MARK,
    ORDERED,
    REDUCE,
    SETITEMS,
    STOP,
    call,
    dictionary,
    name,
    number,
    save_archive,
    several,
    storage,
    tensor,
    text,
    whole,
)

DATA = bytes(24)


def read(path: Path) -> None:
    with closing(WeightsFile(path)) as file:
        read_pth(file)


class Run:
    """Unpickled by Python's own machine, it calls something."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


def marker_file(folder: Path) -> Path:
    return folder / "this was run"


def attacks(folder: Path) -> dict[str, bytes]:
    """Return pickles that leave a file behind where their code is run, each by another way."""
    marker = marker_file(folder)
    shell, code = f"touch '{marker}'", f"open({str(marker)!r}, 'w').close()"
    apply = several(text(shell)) + REDUCE
    return {
        "os.system by Python's pickle": pickle.dumps(Run(os.system, shell), protocol=2),
        "os.system by its newest protocol": pickle.dumps(Run(os.system, shell), protocol=5),
        "os.system in its oldest": pickle.dumps(Run(os.system, shell), protocol=0),
        "eval": pickle.dumps({"w": Run(eval, code)}, protocol=2),
        "exec behind a good tensor": whole(
            EMPTY_DICT + MARK + text("w") + GOOD + text("x") + name("builtins", "exec") + apply + SETITEMS
        ),
        "eval under Python 2's name": whole(name("__builtin__", "eval") + several(text(code)) + REDUCE),
        "getattr of what is allowed": whole(
            call(name("builtins", "getattr"), name("torch", "FloatStorage"), text("from_file"))
        ),
        "a name with dots within torch": whole(name("torch", "serialization.os.system") + apply),
        "a dotted name of the newer protocol": b"\x80\x04"
        + text("os")
        + text("system")
        + b"\x93"
        + apply
        + STOP,
        "numpy's loads": whole(call(name("numpy.core.multiarray", "_reconstruct"), number(1))),
        "a pickle within a pickle": whole(call(name("pickle", "loads"), text("cos\nsystem\n"))),
        "torch's own loader": whole(call(name("torch.storage", "_load_from_bytes"), text("x"))),
        "a class by the old instruction": b"(S'" + shell.encode() + b"'\nios\nsystem\n.",
        "an object of a class": whole(MARK + name("os", "system") + text(shell) + b"o"),
        "a new object": whole(name("subprocess", "Popen") + several(text(shell)) + b"\x81"),
        "a registered extension": whole(b"\x82\x01"),
        "a hook of torch's": whole(
            call(name("torch._utils", "_rebuild_parameter"), call(name("os", "system"), text(shell)))
        ),
        "a state for a tensor": whole(GOOD + dictionary({"__class__": name("os", "system")}) + b"b"),
        "calling a storage": whole(call(name("torch", "FloatStorage"), text(shell))),
        "calling a text": whole(text("os.system") + apply),
        "a reference that is a call": whole(several(text("storage"), name("os", "system")) + BY_ID),
    }


ATTACKS = sorted(attacks(Path()))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_pickle_that_asks_for_more_is_refused_and_not_run(tmp_path: Path, attack: str) -> None:
    path = save_archive(tmp_path / "a.pth", attacks(tmp_path)[attack], {"data/0": DATA})

    with pytest.raises(ModelError, match=r"Nothing of it was run\."):
        read(path)

    assert not marker_file(tmp_path).exists()


@pytest.mark.parametrize("attack", ["os.system by Python's pickle", "eval", "a class by the old instruction"])
def test_the_attacks_are_real(tmp_path: Path, attack: str) -> None:
    """Python's own machine runs them; else the test above would prove nothing."""
    pickle.loads(attacks(tmp_path)[attack])

    assert marker_file(tmp_path).exists()


def test_the_error_names_what_was_asked_for(tmp_path: Path) -> None:
    path = save_archive(tmp_path / "a.pth", attacks(tmp_path)["eval"], {})

    with pytest.raises(ModelError, match=r"a\.pth can't be used: it asks for \w*builtin\w*\.eval"):
        read(path)


def test_what_the_error_quotes_controls_no_terminal(tmp_path: Path) -> None:
    path = save_archive(tmp_path / "a.pth", whole(name("os\x1b[31m", "system" + 200 * "m")), {})

    with pytest.raises(ModelError) as raised:
        read(path)

    assert str(raised.value).isprintable()
    assert "asks for os?[31m.system" in str(raised.value)
    assert len(str(raised.value)) < 500


def deep(count: int) -> bytes:
    return b")" + b"\x85" * count


def bombs() -> dict[str, bytes]:
    """Return pickles that would take all memory, all time, or the C stack of a careless reader."""
    return {
        "a huge place in the memo": EMPTY_DICT + b"r\xff\xff\xff\xff" + BY_ID,
        "a text of 4 GiB": b"X\xff\xff\xff\xff",
        "a text of an exabyte": b"\x8d" + b"\xff" * 7 + b"\x0f",
        "a number of 2 GiB": b"\x8b\xff\xff\xff\x7f",
        "nested deep": deep(100_000),
        "a key nested deep": EMPTY_DICT + deep(100_000) + b"Ns",
        "a reference nested deep": deep(100_000) + BY_ID,
        "doubled forty times": b")" + b"q\x00h\x00\x86" * 40 + BY_ID,
        "a name nested deep": b"\x80\x04" + text("a") + deep(100_000) + text("b") + b"\x93",
        "a name doubled forty times": b")" + b"q\x00h\x00\x86" * 40 + text("b") + b"\x93",
        "a shape of huge sizes": dictionary(
            {"w": tensor(storage("0", "FloatStorage", 6), (2**62, 2**62), (2**62, 1))}
        ),
    }


@pytest.mark.parametrize("bomb", bombs())
def test_a_bomb_does_no_harm(tmp_path: Path, bomb: str) -> None:
    path = save_archive(tmp_path / "a.pth", whole(bombs()[bomb]), {"data/0": DATA})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ModelError):
        read(path)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200_000, "KiB"


@given(st.binary(max_size=200))
def test_any_bytes_are_understood_or_refused(data: bytes) -> None:
    with suppress(Refused, Damaged):
        assert_harmless(read_pickle(data))


INSTRUCTIONS = [text("storage"), text("0"), text("cpu"), name("torch", "FloatStorage"), ORDERED, b"R", b"b"]
INSTRUCTIONS += [name("torch._utils", "_rebuild_tensor_v2"), name("torch._utils", "_rebuild_parameter")]
INSTRUCTIONS += [b"(", b")", b"}", b"]", b"N", b"\x88", b"K\x02", b"t", b"\x85", b"\x86", b"\x87", b"u", b"s"]
INSTRUCTIONS += [b"Q", b"e", b"a", b"q\x00", b"h\x00", b"\x94", b"\x93", number(3), GOOD]
INSTRUCTIONS += [name("torch._utils", "_rebuild_tensor_v3"), name("torch", "float8_e4m3fn")]


@given(st.lists(st.sampled_from(INSTRUCTIONS), max_size=25))
def test_any_order_of_instructions_is_understood_or_refused(instructions: list[bytes]) -> None:
    try:
        built = read_pickle(whole(b"".join(instructions)))
    except (Refused, Damaged):
        return
    assert_harmless(built)


def assert_harmless(built: object) -> None:
    """See that there is nothing in it but plain data and descriptions of tensors."""
    waiting, seen = [built], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, list | tuple):
            waiting += item
        else:
            known = str | int | float | None | PickledTensor
            assert isinstance(item, known) or type(item).__module__.endswith(("pickled_tensors", "builtins"))
