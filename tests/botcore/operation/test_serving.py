"""Health and figures over HTTP, of a `botcore run` in a process of its own."""

from __future__ import annotations

import http.client
import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.botcore.owner.installation import Installation, eventually

LISTEN = '[operation]\nlisten = "127.0.0.1:{port}"\n'


class Served(Installation):
    """An installation that serves its health and figures."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.configure("one", "two", more=LISTEN.format(port=self.port))

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Ask, and return the status and the text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with closing(connection):
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def figure(self, name: str, **labels: str) -> float:
        """Return one sample of the metrics; 0 when it is not there."""
        for family in text_string_to_metric_families(self.get("/metrics")[1]):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return 0.0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    installation = Served(tmp_path)
    with installation.up():
        yield installation


def test_a_bot_that_answers_is_live_and_ready(served: Served) -> None:
    assert served.get("/health/live") == (200, '{"live": true}')
    assert served.get("/health/ready") == (200, '{"ready": true}')


def test_it_is_not_ready_while_an_adapter_is_down_and_says_which(served: Served) -> None:
    (served.platform("two") / "broken").write_text("canary")

    eventually(lambda: served.get("/health/ready")[0] == 503)

    _, text = served.get("/health/ready")
    assert json.loads(text) == {"ready": False, "missing": {"adapters": "not running: two"}}
    assert served.get("/health/live")[0] == 200
    assert served.figure("botcore_adapter_up", platform="two") == 0
    assert served.figure("botcore_adapter_up", platform="one") == 1


def test_it_is_not_ready_when_the_disk_takes_no_writes(served: Served) -> None:
    database = sqlite3.connect(served.data_folder / "botcore.db", isolation_level=None)
    with closing(database):
        database.execute("BEGIN IMMEDIATE")  # as an operator's shell that was forgotten
        status, text = served.get("/health/ready")

    assert status == 503
    assert "takes no writes" in json.loads(text)["missing"]["database"]


def test_the_figures_tell_what_became_of_a_message(served: Served) -> None:
    served.post("one", "m1", "hello")
    eventually(lambda: served.finals("one") == ["You asked: hello"])
    eventually(lambda: served.figure("botcore_turn_phase_seconds_count", phase="delivery") == 1)

    assert served.figure("botcore_messages_total", platform="one", accepted="new") == 1
    answered = {"handler": "chat.answer", "lane": "turn", "outcome": "answered"}
    assert served.figure("botcore_turns_total", **answered) == 1
    for phase in ("waiting", "plugin", "engine", "writing", "closing", "delivery"):
        assert served.figure("botcore_turn_phase_seconds_count", phase=phase) == 1, phase
    assert served.figure("botcore_plugin_seconds_count", plugin="chat", handler="chat.answer") == 1
    assert served.figure("botcore_engine_requests_total", result="answered") == 1
    assert (
        served.figure("botcore_delivery_attempts_total", platform="one", action="create", result="taken") == 1
    )
    assert served.figure("botcore_engine_state", state="ready") == 1
    assert served.figure("botcore_database_write_seconds_count") > 3
    assert served.figure("botcore_outbox_rows", state="pending") == 0


def test_without_its_database_the_other_figures_are_still_there(tmp_path: Path) -> None:
    botcore = Served(tmp_path)
    with botcore.up():
        eventually(lambda: botcore.get("/health/ready")[0] == 200)
        with sqlite3.connect(botcore.data_folder / "botcore.db", isolation_level=None) as database:
            database.execute("ALTER TABLE outbox RENAME TO outbox_away")
            assert botcore.figure("botcore_database_up") == 0
            assert botcore.figure("botcore_engine_state", state="ready") == 1
            database.execute("ALTER TABLE outbox_away RENAME TO outbox")
        database.close()

        assert botcore.figure("botcore_database_up") == 1


def test_the_queue_is_read_from_the_database_at_the_time_of_asking(served: Served) -> None:
    served.post("one", "m1", "slow 1000")
    served.post("one", "m2", "hello")

    eventually(lambda: served.figure("botcore_inbox_rows", lane="turn", state="running") == 1)
    eventually(lambda: served.figure("botcore_inbox_rows", lane="turn", state="waiting") == 1)

    assert served.figure("botcore_inbox_oldest_waiting_seconds") > 0


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machines_own_names_are_served(served: Served, host: str) -> None:
    assert served.get("/metrics", Host=f"{host}:{served.port}")[0] == 200


def test_a_web_page_that_lets_its_name_point_here_learns_nothing(served: Served) -> None:
    status, text = served.get("/metrics", Host=f"rebound.example:{served.port}")

    assert status == 403
    assert "botcore_" not in text


def test_a_page_of_another_origin_is_refused(served: Served) -> None:
    assert served.get("/health/ready", Origin="http://elsewhere.example")[0] == 403


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('listen = "0.0.0.0:9464"', "set allow_remote = true"),
        ('listen = "9464"', "an address and a port"),
        ('listen = "example.com:9464"', "an address and a port"),
    ],
)
def test_an_address_that_others_reach_has_to_be_meant(tmp_path: Path, table: str, problem: str) -> None:
    botcore = Installation(tmp_path)
    botcore.configure("one", more=f"[operation]\n{table}\n")

    done = botcore.run("run")

    assert done.returncode == 78
    assert problem in done.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        botcore = Installation(tmp_path)
        botcore.configure("one", more=f'[operation]\nlisten = "{address}"\n')

        done = botcore.run("run")

    assert done.returncode == 78
    assert f"operation.listen {address} can't be used: " in done.stderr
