"""`botcore doctor`: what it finds, and that it changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from botcore.checks import Finding, Health, run_check
from botcore.config import Settings
from botcore.doctor import file_system_of
from botcore.errors import InputError
from tests.botcore.owner.installation import Installation, eventually
from tests.fakes.postgresql import PostgresqlServer


@pytest.fixture
def botcore(tmp_path: Path) -> Installation:
    installation = Installation(tmp_path)
    installation.configure("one")
    return installation


def findings(botcore: Installation, *, exit_code: int) -> dict[str, list[tuple[str, str]]]:
    """Run the doctor and return what it says, by what it is about."""
    done = botcore.run("doctor", "--json")
    assert done.returncode == exit_code, done.stdout + done.stderr
    by_subject: dict[str, list[tuple[str, str]]] = {}
    for finding in json.loads(done.stdout):
        by_subject.setdefault(finding["about"], []).append((finding["health"], finding["text"]))
    return by_subject


def test_before_the_first_start_all_is_well_and_nothing_is_made(botcore: Installation) -> None:
    told = findings(botcore, exit_code=0)

    assert told["configuration"] == [("ok", "botcore.toml")]
    assert told["adapters"] == [("ok", "one")]
    assert told["bot"] == [("ok", "does not run")]
    assert {health for subject in told.values() for health, _ in subject} == {"ok"}
    assert not botcore.data_folder.exists()


def test_people_read_a_line_for_each(botcore: Installation) -> None:
    botcore.configure()

    lines = botcore.run("doctor").stdout.splitlines()

    assert "ok       configuration  botcore.toml" in lines
    warned = lines.index("warning  adapters       none for `botcore run`")
    assert lines[warned + 1].strip() == "→ Add a table [adapters.NAME] to botcore.toml."


def test_it_looks_at_a_bot_that_runs_and_leaves_it_running(botcore: Installation) -> None:
    with botcore.up() as bot:
        told = findings(botcore, exit_code=0)
        [(health, text)] = told["bot"]
        assert health == "ok"
        assert f"process {bot.pid} " in text
        assert "is sound" in told["database"][0][1]

        botcore.post("one", "m1", "hello")
        eventually(lambda: botcore.finals("one") == ["You asked: hello"])


def test_an_adapter_that_fails_is_a_problem(botcore: Installation) -> None:
    with botcore.up():
        (botcore.platform("one") / "broken").write_text("canary")
        eventually(lambda: "adapter_failed" in botcore.log)

        told = findings(botcore, exit_code=1)

    problems = [text for health, text in told["bot"] if health == "problem"]
    assert "the adapter one is waiting" in problems[0]
    assert "canary" not in json.dumps(told)


def test_every_mistake_of_the_configuration_is_named_and_the_rest_is_checked(botcore: Installation) -> None:
    botcore.configure("one", more="[bot]\nanswrer = 'chat'\n[plugins.sumarize]\nlast = 1\n")

    told = findings(botcore, exit_code=1)

    assert [health for health, _ in told["configuration"]] == ["problem", "problem"]
    assert "botcore.toml, line 2: there is no key bot.answrer" in told["configuration"][0][1]
    assert "versions" in told


def test_a_damaged_database_is_a_problem(botcore: Installation) -> None:
    with botcore.up():
        pass
    database = botcore.data_folder / "botcore.db"
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\0" * 8192)

    told = findings(botcore, exit_code=1)

    assert told["database"][0][0] == "problem"
    assert str(database) in told["database"][0][1]


def test_a_folder_that_others_can_read_is_a_warning(botcore: Installation) -> None:
    botcore.data_folder.mkdir()
    botcore.data_folder.chmod(0o755)

    told = findings(botcore, exit_code=0)

    assert told["data folder"] == [("warning", f"{botcore.data_folder} is open to other users")]


def test_a_model_that_is_not_there_is_a_problem(botcore: Installation) -> None:
    botcore.environment["BOTCORE_ENGINE__USE"] = "llama"
    botcore.environment["BOTCORE_ENGINE__MODEL"] = str(botcore.folder / "nowhere")

    told = findings(botcore, exit_code=1)

    [(health, text)] = told["model"]
    assert health == "problem"
    assert "nowhere" in text


def test_the_bundled_model_fits(botcore: Installation) -> None:
    botcore.environment["BOTCORE_ENGINE__USE"] = "llama"

    told = findings(botcore, exit_code=0)

    assert told["model"][0][0] == "ok"
    assert "the model takes 0.0" in told["memory"][0][1]
    assert "cores" in told["processor"][0][1]


def test_an_answerer_that_is_no_plugin_is_a_problem(botcore: Installation) -> None:
    botcore.environment["BOTCORE_BOT__ANSWERER"] = "summarize"

    told = findings(botcore, exit_code=1)

    assert "bot.answerer is “summarize”" in told["plugins"][-1][1]


def test_a_database_on_a_server_is_looked_at_without_showing_its_password(
    botcore: Installation, postgresql: PostgresqlServer
) -> None:
    place = postgresql.new().set(password="canary")
    botcore.environment["BOTCORE_STORE__URL"] = place.render_as_string(hide_password=False)

    told = findings(botcore, exit_code=0)

    assert f"PostgreSQL's {place.database} on " in told["database"][0][1]
    assert "is sound" in told["database"][0][1]
    assert "canary" not in json.dumps(told)


def test_the_file_system_is_that_of_the_closest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    share = tmp_path / "a share" / "data"
    share.mkdir(parents=True)
    above = str(tmp_path / "a share").replace(" ", "\\040")
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/x {above} nfs4 rw 0 0\nother {tmp_path}/a ext4 rw 0 0\n")

    assert file_system_of(share, mounts) == "nfs4"
    assert file_system_of(tmp_path, mounts) == "ext4"
    assert file_system_of(tmp_path, tmp_path / "none") == ""


def test_a_check_that_fails_itself_is_a_finding_without_its_text() -> None:
    def check(settings: Settings) -> list[Finding]:
        raise RuntimeError("canary")

    [finding] = run_check("odd", check, Settings())

    assert (finding.about, finding.health) == ("odd", Health.PROBLEM)
    assert "RuntimeError" in finding.text
    assert "canary" not in finding.text


def test_a_check_tells_its_own_errors_in_its_own_words() -> None:
    def check(settings: Settings) -> list[Finding]:
        raise InputError("There is no key here.")

    [finding] = run_check("key", check, Settings())

    assert finding.text == "There is no key here."
