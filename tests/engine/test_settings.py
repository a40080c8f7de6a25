"""A wrong setting is told in one line with its key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botcore.errors import ConfigError
from botcore_llama.model_files import BUNDLED, read_model_files
from botcore_llama.models_folder import model_folder
from botcore_llama.settings import LlamaSettings, limits_of, located, physical_cores, read_settings


def test_everything_has_a_default() -> None:
    settings = read_settings({})

    assert settings.model == BUNDLED
    assert settings.thread_count == physical_cores() >= 1
    assert settings.slot_count == 2


def test_text_from_the_environment_is_understood() -> None:
    settings = read_settings({"threads": "3", "model": "~/model"})

    assert settings.threads == 3
    assert settings.model == Path.home() / "model"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"thread": 2}, r"engine\.thread is not a setting\. The settings of this engine are: answer_tokens"),
        ({"threads": 0}, r"engine\.threads is 0: input should be greater than or equal to 1\."),
        ({"threads": "many"}, r"engine\.threads is 'many': input should be a valid integer"),
        ({"compute_type": "int4"}, r"engine\.compute_type is 'int4': input should be 'default', 'int8'"),
        ({"model": "~no-such-user/model"}, r"engine\.model is '~no-such-user/model', but nobody"),
        ({"stall_seconds": -1}, r"engine\.stall_seconds is -1: input should be greater than 0"),
    ],
)
def test_a_wrong_setting_names_its_key(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        read_settings(settings)


def test_an_answer_gets_a_quarter_of_a_small_context(tiny_model: Path) -> None:
    files = read_model_files(tiny_model)

    assert limits_of(read_settings({"context_tokens": 400}), files).answer_tokens == 100
    assert limits_of(read_settings({}), files).answer_tokens == 512


def test_a_huge_context_is_used_only_on_request(tiny_model: Path) -> None:
    files = read_model_files(tiny_model)

    assert limits_of(read_settings({}), files).context_tokens == 8192
    assert limits_of(read_settings({"context_tokens": 60_000}), files).context_tokens == 60_000


def test_a_context_beyond_the_models_is_refused(tiny_model: Path) -> None:
    with pytest.raises(ConfigError, match=r"engine\.context_tokens is 100000, but tiny reads at most 65536"):
        limits_of(read_settings({"context_tokens": 100_000}), read_model_files(tiny_model))


def test_a_model_is_called_by_its_name(tmp_path: Path) -> None:
    kept = model_folder(tmp_path, "llama3.2:1b")
    kept.mkdir(parents=True)

    assert located(read_settings({"model": "llama3.2:1b"}), tmp_path).model == kept
    assert located(read_settings({"model": "bundled"}), tmp_path).model == BUNDLED
    assert located(read_settings({"model": "some/folder"}), tmp_path).model == Path("some/folder")


def test_a_folder_here_is_not_taken_for_a_name(tmp_path: Path) -> None:
    model_folder(tmp_path, "mine").mkdir(parents=True)

    assert located(read_settings({"model": "./mine"}), tmp_path).model == Path.cwd() / "mine"


def test_the_token_is_shown_to_nobody() -> None:
    settings = read_settings({"hub_token": "hf_secret"})

    assert "hf_secret" not in repr(settings)
    assert "hub_token" not in LlamaSettings.model_validate_json(settings.model_dump_json()).model_fields_set
