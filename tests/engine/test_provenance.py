"""Where a model comes from and what its licence asks goes along with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from botcore_llama.convert import convert
from botcore_llama.provenance import licence_of
from tests.engine.tiny_llama import Shape, random_weights, save_checkpoint

CARDS = {
    "llama3.1": "---\nlanguage:\n- en\nlicense: llama3.1\n---\n# Llama 3.1\nlicense: none\n",
    "my-licence": "---\nlicense: other\nlicense_name: my-licence\n---\n",
    "apache-2.0": '---\nlicense: "apache-2.0"  # as it was\n---\n',
}


@pytest.mark.parametrize("name", CARDS)
def test_the_licence_is_what_the_card_says(tmp_path: Path, name: str) -> None:
    (tmp_path / "README.md").write_text(CARDS[name])

    assert licence_of(tmp_path) == name


def test_else_it_is_how_its_text_begins(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A model\nlicense: not this one\n")
    (tmp_path / "LICENSE.txt").write_text("\n  META LLAMA 3 COMMUNITY LICENSE AGREEMENT\nIt says …\n")

    assert licence_of(tmp_path) == "META LLAMA 3 COMMUNITY LICENSE AGREEMENT"


def test_nobody_says_anything(tmp_path: Path) -> None:
    assert licence_of(tmp_path) is None


def test_its_texts_go_along(tmp_path: Path) -> None:
    source = save_checkpoint(tmp_path / "Llama-Tiny", Shape(), random_weights(Shape()))
    for name in ("LICENSE", "USE_POLICY.md", "Notice", "NOTICE", "secrets.txt"):
        (source / name).write_text(f"the text of {name}")
    (source / "README.md").write_text(CARDS["llama3.1"])

    convert(source, tmp_path / "out")

    assert (tmp_path / "out" / "LICENSE").read_text() == "the text of LICENSE"
    assert (tmp_path / "out" / "USE_POLICY.md").is_file()
    assert (tmp_path / "out" / "NOTICE").is_file()
    assert not (tmp_path / "out" / "secrets.txt").exists()
    metadata = json.loads((tmp_path / "out" / "botcore-model.json").read_text())
    assert metadata == {"license": "llama3.1"}


def test_what_the_source_says_of_itself_is_kept(tmp_path: Path) -> None:
    source = save_checkpoint(tmp_path / "checkpoint", Shape(), random_weights(Shape()))
    said = {"name": "tiny", "license": "mine", "temperature": 0}
    (source / "botcore-model.json").write_text(json.dumps(said))
    (source / "README.md").write_text(CARDS["llama3.1"])

    convert(source, tmp_path / "out")

    metadata = json.loads((tmp_path / "out" / "botcore-model.json").read_text())
    assert said.items() <= metadata.items()
