"""`botcore run` as a service runs it: real processes, real signals."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.botcore.owner.installation import ECHO, Installation, end, eventually, slow_answer
from tests.engine.processes import servers


def test_it_serves_several_adapters_at_once(botcore: Installation) -> None:
    botcore.configure("one", "two")
    with botcore.up():
        botcore.post("one", "m1", "hello")
        botcore.post("two", "m1", "good day")

        eventually(lambda: botcore.finals("one") == ["You asked: hello"])
        eventually(lambda: botcore.finals("two") == ["You asked: good day"])


def test_it_says_what_it_serves_and_how_it_is_reached(botcore: Installation) -> None:
    botcore.configure("one", "two")
    bot = botcore.start("run")
    assert bot.stdout
    greeting = bot.stdout.readline() + bot.stdout.readline()
    end(bot)

    assert f"process {bot.pid}" in greeting
    assert str(botcore.data_folder) in greeting
    assert "one, two" in greeting
    assert "botcore chat" in greeting


def test_without_an_adapter_it_runs_all_the_same(botcore: Installation) -> None:
    botcore.configure()

    with botcore.up() as bot:
        time.sleep(0.3)

        assert bot.poll() is None


def test_a_second_one_is_refused_with_the_first_ones_process(botcore: Installation) -> None:
    with botcore.up() as bot:
        second = botcore.run("run")

    assert second.returncode == 75
    assert second.stderr.count("\n") == 1
    assert f"process {bot.pid}" in second.stderr
    assert str(botcore.data_folder) in second.stderr
    assert "botcore chat" in second.stderr
    assert "botcore status" in second.stderr


def test_an_adapter_that_fails_is_started_again_and_the_others_go_on(botcore: Installation) -> None:
    botcore.configure("one", "two")
    botcore.platform("one").mkdir(parents=True)
    broken = botcore.platform("one") / "broken"
    broken.write_text("the secret of the platform")
    with botcore.up():
        eventually(lambda: "adapter_failed" in botcore.log)
        botcore.post("two", "m1", "hello")
        eventually(lambda: botcore.finals("two") == ["You asked: hello"])
        broken.unlink()
        botcore.post("one", "m1", "back again?")
        eventually(lambda: botcore.finals("one") == ["You asked: back again?"])

    assert "the secret of the platform" not in botcore.log


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[adapters.telegran]", "installed are only"),
        ('[adapters.mine]\nuse = "nowhere.to:BeFound"', "nowhere.to:BeFound can't be imported"),
        ("[adapters.terminal]", "`botcore chat` works without it"),
        ("[adapters.mine]\nuse = 3", "adapters.mine.use"),
    ],
)
def test_an_adapter_that_is_not_there_is_told_in_one_line(
    botcore: Installation, table: str, told: str
) -> None:
    botcore.configure(more=table)

    done = botcore.run("run")

    assert done.returncode in (70, 78)
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


def test_a_plugin_can_be_named_by_its_module(botcore: Installation) -> None:
    botcore.configure("one", more=f'[plugins.echo]\nuse = "{ECHO}"\n')
    with botcore.up():
        botcore.post("one", "m1", "/echo hello")

        eventually(lambda: botcore.finals("one") == ["hello"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_turns_end(botcore: Installation, number: signal.Signals) -> None:
    with botcore.up() as bot:
        botcore.post("one", "m1", "slow 100")
        eventually(lambda: botcore.shown("one"))
        bot.send_signal(number)

        assert bot.wait(20) == 0
    assert botcore.finals("one") == [slow_answer(100)]


def test_what_does_not_end_in_time_is_answered_after_the_next_start(botcore: Installation) -> None:
    botcore.environment["BOTCORE_BOT__GRACE_SECONDS"] = "0.2"
    with botcore.up() as bot:
        botcore.post("one", "m1", "slow 150")
        botcore.post("one", "m2", "hello")
        eventually(lambda: botcore.shown("one"))

        assert end(bot) == 0
    assert botcore.finals("one") == []

    with botcore.up():
        eventually(lambda: botcore.finals("one") == [slow_answer(150), "You asked: hello"])


def test_a_second_signal_leaves_at_once_and_loses_nothing(botcore: Installation) -> None:
    with botcore.up() as bot:
        botcore.post("one", "m1", "slow 400")
        eventually(lambda: botcore.shown("one"))
        bot.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert bot.poll() is None
        asked = time.monotonic()
        bot.send_signal(signal.SIGTERM)

        assert bot.wait(20) == 0
        assert time.monotonic() - asked < 1.0
    assert botcore.finals("one") == []

    with botcore.up():
        eventually(lambda: botcore.finals("one") == [slow_answer(400)])


def test_after_a_kill_the_next_one_starts(botcore: Installation) -> None:
    with botcore.up() as bot:
        os.kill(bot.pid, signal.SIGKILL)
        bot.wait(10)
        with botcore.up():
            botcore.post("one", "m1", "hello")

            eventually(lambda: botcore.finals("one") == ["You asked: hello"])


@pytest.mark.parametrize("how", [[signal.SIGTERM, signal.SIGTERM], [signal.SIGKILL]])
def test_no_model_server_outlives_its_bot(botcore: Installation, how: list[signal.Signals]) -> None:
    botcore.environment["BOTCORE_ENGINE__USE"] = "llama"
    botcore.configure("one", more=f'[plugins.echo]\nuse = "{ECHO}"\n')
    with botcore.up() as bot:
        botcore.post("one", "m1", "/wait")
        eventually(lambda: "turn_claimed" in botcore.log and servers(botcore.data_folder))
        for number in how:
            bot.send_signal(number)
            time.sleep(0.3)
        bot.wait(10)

        eventually(lambda: not servers(botcore.data_folder), within=5)
