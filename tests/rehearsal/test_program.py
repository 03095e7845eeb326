"""Running programs in process. Does not prove parity with the language host beyond what a program can see."""

from __future__ import annotations

import signal

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockMonitor

from rehearsal.program import run_program
from tests.bench import scaled_program
from tests.components.recorder import record


def test_what_an_output_s_callback_raises_is_raised() -> None:
    def program() -> None:
        def fail(_: object) -> None:
            raise ValueError("from the callback")

        pulumi.export("x", pulumi.Output.from_input(1).apply(fail))

    with pytest.raises(ValueError, match="from the callback"):
        record(program)


def test_work_that_an_output_begins_is_waited_for() -> None:
    seen: list[int] = []

    def program() -> None:
        output = pulumi.Output.from_input(0)
        for _ in range(50):
            output = output.apply(lambda value: value + 1)
        output.apply(seen.append)

    record(program)
    assert seen == [50]


def test_the_names_of_project_and_stack_are_those_of_the_run() -> None:
    seen: list[tuple[str, str]] = []
    monitor = MockMonitor(None)  # pyright: ignore[reportArgumentType] - nothing is registered
    for stack in ("one", "two"):
        run_program(
            lambda: seen.append((pulumi.get_project(), pulumi.get_stack())),
            monitor,
            project="demo",
            stack=stack,
            preview=True,
        )
    assert seen == [("demo", "one"), ("demo", "two")]


@pytest.mark.parametrize("place", ["program", "callback", "after a registration"])
def test_an_interruption_ends_the_run_wherever_it_comes(place: str) -> None:
    def interrupt(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    def program() -> None:
        if place == "after a registration":
            aws.sqs.Queue("jobs").id.apply(interrupt)
        elif place == "callback":
            pulumi.export("x", pulumi.Output.from_input(1).apply(interrupt))
        else:
            aws.sqs.Queue("jobs")
            interrupt()

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        record(program)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize("size", [50, 200])
def test_the_benchmark_s_program_has_about_the_size_it_says(size: int) -> None:
    assert size * 0.9 <= len(record(scaled_program(size)).resources) <= size * 1.1
