"""Models have names that people know, and any repository can be named."""

from __future__ import annotations

import pytest

from botcore.errors import InputError
from botcore_llama.catalog import CATALOG, Wanted, find, look_up
from botcore_llama.models_folder import folder_name


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("llama3:8b", Wanted("llama3:8b", "meta-llama/Meta-Llama-3-8B-Instruct", "main")),
        ("Llama3.1", Wanted("llama3.1:8b", "meta-llama/Llama-3.1-8B-Instruct", "main")),
        ("llama3.2:latest", Wanted("llama3.2:3b", "meta-llama/Llama-3.2-3B-Instruct", "main")),
        ("someone/model", Wanted("someone/model", "someone/model", "main")),
        ("someone/model@v2", Wanted("someone/model@v2", "someone/model", "v2")),
        ("someone/model@refs/pr/3", Wanted("someone/model@refs/pr/3", "someone/model", "refs/pr/3")),
    ],
)
def test_a_name_stands_for_a_repository(name: str, wanted: Wanted) -> None:
    assert look_up(name) == wanted


@pytest.mark.parametrize("name", ["a/b/c", "/b", "a/", "a/b@", "../b", "a/..", "a/b@../c", "a/b c", "-a/b"])
def test_what_is_no_repository_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="names no repository"):
        look_up(name)


def test_a_name_that_is_almost_right_is_corrected() -> None:
    with pytest.raises(InputError, match=r"Did you mean llama3.1:70b\?"):
        look_up("llama3.1:70")


def test_every_name_is_there_once_and_can_be_a_folder() -> None:
    names = [name for entry in CATALOG for name in (entry.name, *entry.aliases)]

    assert len(set(names)) == len(names)
    assert len({folder_name(entry.name) for entry in CATALOG}) == len(CATALOG)
    assert all(find(name) for name in names)
