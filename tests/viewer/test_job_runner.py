"""The runner: one job at a time, the newest wins, and nothing of an old one arrives."""

import threading
from collections.abc import Generator, Iterator

import pytest
from pytestqt.qtbot import QtBot

from viewer.job_runner import JobRunner


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    one = JobRunner()
    yield one
    one.shut_down()


def counting(count: int) -> Generator[object, None, None]:
    yield from range(count)


def test_everything_a_job_yields_arrives_in_order(runner: JobRunner, qtbot: QtBot) -> None:
    arrived: list[object] = []
    runner.advanced.connect(arrived.append)
    with qtbot.waitSignal(runner.finished):
        runner.start(lambda: counting(5))
    assert arrived == [0, 1, 2, 3, 4]
    assert not runner.is_busy


def test_none_is_a_value_like_any_other(runner: JobRunner, qtbot: QtBot) -> None:
    def job() -> Generator[object, None, None]:
        yield None

    arrived: list[object] = []
    runner.advanced.connect(arrived.append)
    with qtbot.waitSignal(runner.finished):
        runner.start(job)
    assert arrived == [None]


def test_a_cancelled_job_stops_at_its_next_yield(runner: JobRunner, qtbot: QtBot) -> None:
    started, proceed, closed = threading.Event(), threading.Event(), threading.Event()
    reached: list[int] = []

    def job() -> Generator[object, None, None]:
        try:
            for step in range(3):
                started.set()
                proceed.wait(timeout=5)
                reached.append(step)
                yield step
        finally:
            closed.set()

    runner.start(job)
    assert started.wait(timeout=5)
    runner.cancel()
    proceed.set()
    assert closed.wait(timeout=5)
    assert reached == [0]


def test_a_job_cancelled_before_its_turn_never_begins(runner: JobRunner, qtbot: QtBot) -> None:
    holding, proceed = threading.Event(), threading.Event()
    began: list[str] = []

    def first() -> Generator[object, None, None]:
        holding.set()
        proceed.wait(timeout=5)
        yield None

    def named(name: str) -> Generator[object, None, None]:
        began.append(name)
        yield name

    runner.start(first)
    assert holding.wait(timeout=5)
    runner.start(lambda: named("second"))
    runner.start(lambda: named("third"))
    with qtbot.waitSignal(runner.finished):
        proceed.set()
    assert began == ["third"]


def test_what_was_queued_by_an_abandoned_job_is_dropped(runner: JobRunner, qtbot: QtBot) -> None:
    arrived: list[object] = []
    runner.advanced.connect(arrived.append)
    posted = threading.Event()

    def old() -> Generator[object, None, None]:
        yield "old"  # in Qt's queue by the time the next line runs
        posted.set()

    def new() -> Generator[object, None, None]:
        yield "new"

    runner.start(old)
    assert posted.wait(timeout=5)  # without running the event loop: "old" is still queued
    with qtbot.waitSignal(runner.finished):
        runner.start(new)
    assert arrived == ["new"]


def test_an_exception_arrives_and_ends_the_job(runner: JobRunner, qtbot: QtBot) -> None:
    def job() -> Generator[object, None, None]:
        yield 1
        raise KeyError("gone")

    with qtbot.waitSignal(runner.failed) as failed:
        runner.start(job)
    assert isinstance(failed.args[0], KeyError)
    assert not runner.is_busy


def test_the_runner_says_when_it_is_busy(runner: JobRunner, qtbot: QtBot) -> None:
    states: list[bool] = []
    runner.busy_changed.connect(states.append)
    with qtbot.waitSignal(runner.finished):
        runner.start(lambda: counting(1))
    assert states == [True, False]


def test_shutting_down_waits_for_the_job_to_end(qtbot: QtBot) -> None:
    runner = JobRunner()
    started, ended = threading.Event(), threading.Event()

    def job() -> Generator[object, None, None]:
        try:
            started.set()
            while True:
                yield None
        finally:
            ended.set()

    runner.start(job)
    assert started.wait(timeout=5)
    runner.shut_down()
    assert ended.is_set()
