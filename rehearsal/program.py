"""Runs a Pulumi program in this process under a monitor of ours, as the language host runs it under the engine's."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from pulumi.runtime import rpc_manager, settings
from pulumi.runtime.mocks import MockEngine, MockMonitor, MockSettings
from pulumi.runtime.stack import run_in_stack

CANCELLATIONS = 5


def run_program(
    program: Callable[[], None],
    monitor: MockMonitor,
    *,
    project: str,
    stack: str,
    preview: bool,
    logger: logging.Logger | None = None,
) -> None:
    """Run `program` inside a stack until every registration is done; raise what the program raised.

    Several programs may run one after another in a process: nothing of one is left for the next.
    """
    # A failed program leaves tasks behind that asyncio would report with thousands of lines.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)

    def run() -> None:
        settings.configure(
            MockSettings(
                monitor=monitor,
                engine=MockEngine(logger or logging.getLogger("pulumi")),
                project=project,
                stack=stack,
                organization="organization",
                dry_run=preview,
                rpc_manager=rpc_manager.RPCManager(),
                outputs=set[Any](),
                lock=threading.Lock(),
                package_refs=dict[str, str](),
                base_providers_by_ref=dict[str, Any](),
                callbacks=None,
                monitor_features=set(monitor.GetDeploymentInfo(None).supportedFeatures),
            )
        )
        settings.set_root_resource(cast("Any", None))
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        # The SDK's monitor wants an event loop in each thread that registers, and would leave its own open.
        of_threads: list[asyncio.AbstractEventLoop] = []

        def give_thread_a_loop() -> None:
            of_threads.append(asyncio.new_event_loop())
            asyncio.set_event_loop(of_threads[-1])

        # The monitor takes one registration at a time anyway; of several threads any might come first, and what moto
        # numbers (a subnet's addresses) would tell.
        executor = ThreadPoolExecutor(max_workers=1, initializer=give_thread_a_loop)
        loop.set_default_executor(executor)
        interruption = _Interruption(loop)
        try:
            with interruption:
                loop.run_until_complete(run_in_stack(lambda: _run_and_settle(program, interruption)))
        except BaseException:
            if not interruption.came:
                raise
            _abandon(loop)
            raise KeyboardInterrupt from None
        else:
            if interruption.came:  # just as the program ended
                raise KeyboardInterrupt
        finally:
            executor.shutdown(cancel_futures=True)
            for each in [*of_threads, loop]:
                each.close()
            asyncio.set_event_loop(None)

    contextvars.copy_context().run(run)


class _Interruption:
    """Takes Ctrl-C while a program runs.

    Python raises KeyboardInterrupt wherever the main thread happens to be. Inside the SDK's own coroutines that can be
    swallowed, or leave outputs behind that others wait for without end; so the loop is stopped.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.came = False
        self.in_program = False
        self._loop = loop
        self._before: Any = None

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._take)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _take(self, *_: object) -> None:
        self.came = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self.in_program:
            raise KeyboardInterrupt  # the program may be at something long that never lets the loop stop


def _abandon(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is under way; left alone it would complain on standard error when Python ends.

    More than once, for the SDK takes the first cancellation as the program's end and waits for what it began.
    """
    for _ in range(CANCELLATIONS):
        tasks = asyncio.all_tasks(loop)
        if not tasks:
            return
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.wait(tasks, timeout=1))


async def _run_and_settle(program: Callable[[], None], interruption: _Interruption) -> None:
    """Run the program, then wait until nothing that it began is under way any more.

    The SDK would wait by itself, but for the first of its outputs to settle, again and again: the square of their
    number (2 s of 6 for 300 resources). What fails is left to it, for it knows how to raise it.
    """
    interruption.in_program = True
    try:
        program()
    finally:
        interruption.in_program = False
    current: Any = settings.SETTINGS
    while True:
        with current.lock:
            begun: list[asyncio.Future[Any]] = [*current.outputs, *current.rpc_manager.rpcs]
        under_way = [future for future in begun if not future.done()]
        if not under_way:
            return
        settled, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_EXCEPTION)
        if any(not future.cancelled() and future.exception() for future in settled):
            return


def name_program(project: str, stack: str) -> None:
    """Let `pulumi.get_project()` and `get_stack()` answer before the program runs."""
    settings.configure(settings.Settings(project=project, stack=stack))
