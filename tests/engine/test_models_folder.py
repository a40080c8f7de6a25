"""Models are kept in folders that are called as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from botcore.errors import InputError
from botcore_llama.model_files import BUNDLED
from botcore_llama.models_folder import (
    find_model,
    folder_name,
    kept_models,
    make_models_folder,
    model_folder,
    models_folder,
)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("llama3.1:8b", "llama3.1-8b"),
        ("meta-llama/Llama-3.2-1B", "meta-llama--Llama-3.2-1B"),
        ("owner/model@v1.0", "owner--model@v1.0"),
        ("owner/model@refs/pr/1", "owner--model@refs--pr--1"),
        ("my_model", "my_model"),
    ],
)
def test_a_name_becomes_a_folder(name: str, folder: str) -> None:
    assert folder_name(name) == folder


def test_a_folder_keeps_its_name() -> None:
    for name in ("llama3.1:8b", "owner/model@refs/pr/1"):
        assert folder_name(folder_name(name)) == folder_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "/etc", ".hidden", "a b", "a\\b", "a@", "a@../b", "ä", "a\n", "a" * 200]
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="can't be a model's name"):
        folder_name(name)


def test_models_are_found_by_name_and_by_folder(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, "llama3.1:8b")
    assert kept_models(tmp_path) == []
    assert find_model(tmp_path, "llama3.1:8b") is None

    folder.mkdir(parents=True)
    (folder.parent / ".other.partial-1").mkdir()

    assert kept_models(tmp_path) == [folder]
    assert find_model(tmp_path, "llama3.1:8b") == find_model(tmp_path, "llama3.1-8b") == folder
    assert find_model(tmp_path, "bundled") == BUNDLED
    assert find_model(tmp_path, "../models") is None


def test_models_may_be_on_another_disk(tmp_path: Path) -> None:
    disk, data = tmp_path / "disk", tmp_path / "data"
    data.mkdir()
    models_folder(data).symlink_to(disk)

    with pytest.raises(InputError, match=f"is a link to {disk}, which is not there. Is its disk mounted"):
        make_models_folder(data)

    disk.mkdir()
    make_models_folder(data)


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InputError, match=r"can't be made .*Check bot\.data_folder"):
        make_models_folder(tmp_path / "file")
