"""Processes that compile beside this one: who is first, who fails, who is sent home."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nndesigner.engine import ahead, kept
from nndesigner.engine import crew as crew_module
from nndesigner.engine.crew import Crew, crew_of_this_machine, main
from nndesigner.engine.engine import Engine
from nndesigner.engine.operations import OPERATIONS
from nndesigner.engine.operations.augmenting import take_augmented
from nndesigner.engine.operations.update import UPDATES
from nndesigner.layers import Dense
from tests.helpers import engine_for

#: A worker that writes down what it is told, and answers as a real one does.
WORKER = """
import os, pathlib, sys, time
log = pathlib.Path({log!r})
for line in sys.stdin:
    name = line.strip()
    with log.open("a") as file:
        file.write(f"{{name}} {{os.getpid()}}\\n")
    if name == "dies":
        sys.exit(1)
    while name == "waits" and not log.with_suffix(".go").exists():
        time.sleep(0.01)
    print(name, flush=True)
"""


def crew_of(tmp_path: Path, size: int) -> Crew:
    return Crew(size, [sys.executable, "-c", WORKER.format(log=str(tmp_path / "log"))])


def told(tmp_path: Path) -> list[str]:
    return [line.split()[0] for line in (tmp_path / "log").read_text().splitlines()]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def silent(share: float, name: str) -> None:
    """Nobody watches."""


class GivenUp(Exception):
    pass


def test_everything_is_compiled_once_and_in_order(tmp_path: Path) -> None:
    shares: list[float] = []
    crew = crew_of(tmp_path, 1)
    crew.compile(["a", "b", "a", "c"], lambda share, name: shares.append(share))
    assert told(tmp_path) == ["a", "b", "c"]
    assert shares[0] == 0
    assert shares == sorted(shares)
    crew.compile(["c", "b"], silent)  # known to be done
    assert told(tmp_path) == ["a", "b", "c"]


def test_several_workers_share_the_work(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, 2)
    waiting = threading.Thread(target=crew.compile, args=(["waits", "a", "b"], silent))
    waiting.start()
    deadline = time.monotonic() + 20
    while not (tmp_path / "log").exists() or len(told(tmp_path)) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (tmp_path / "log.go").touch()  # the other worker has done the rest meanwhile
    waiting.join(20)
    processes = {line.split()[1] for line in (tmp_path / "log").read_text().splitlines()}
    assert len(processes) == 2
    assert not waiting.is_alive()


def test_who_asks_last_is_served_first(tmp_path: Path) -> None:
    """Train is pressed while all there is gets compiled ahead: its network does not queue up."""
    crew = crew_of(tmp_path, 1)
    everything = threading.Thread(
        target=crew.compile, args=(["waits", "a", "b", "wanted", "c"], silent)
    )
    everything.start()
    deadline = time.monotonic() + 20
    while not (tmp_path / "log").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    urgent = threading.Thread(target=crew.compile, args=(["wanted", "new"], silent))
    urgent.start()
    time.sleep(0.1)
    (tmp_path / "log.go").touch()
    urgent.join(20)
    everything.join(20)
    assert told(tmp_path) == ["waits", "wanted", "new", "a", "b", "c"]


def test_what_fails_is_left_to_who_asked(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, 1)
    crew.compile(["a", "dies", "b"], silent)  # no worker is left: it ends, and the caller compiles
    assert told(tmp_path) == ["a", "dies"]
    crew.compile(["b"], silent)  # and others are hired when something is asked for again
    assert told(tmp_path) == ["a", "dies", "b"]


def test_work_that_comes_while_the_last_worker_leaves_is_done(tmp_path: Path) -> None:
    script = WORKER.format(log=str(tmp_path / "log")) + "time.sleep(0.5)\n"
    crew = Crew(1, [sys.executable, "-c", script])
    assert crew.compile(["a"], silent)
    time.sleep(0.1)  # the worker takes its time to go
    assert crew.compile(["b", "c"], silent)
    assert told(tmp_path) == ["a", "b", "c"]


def test_without_a_python_to_start_nothing_waits(tmp_path: Path) -> None:
    Crew(2, [str(tmp_path / "no-such-program")]).compile(["a", "b"], silent)


def test_the_end_of_the_program_sends_them_home(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, 2)
    waiting = threading.Thread(target=crew.compile, args=(["waits", "a"], silent))
    waiting.start()
    deadline = time.monotonic() + 20
    while not (tmp_path / "log").exists() or "waits" not in told(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    crew.dismiss()
    waiting.join(20)
    assert not waiting.is_alive()
    pids = {int(line.split()[1]) for line in (tmp_path / "log").read_text().splitlines()}
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert not crew.compile(["b"], silent)
    assert "b" not in told(tmp_path)


def test_a_thread_that_cannot_be_started_is_waited_for_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that gives no more threads: what there are do the work, or the caller does it."""
    started = []
    start = threading.Thread.start

    def only_one(thread: threading.Thread) -> None:
        if thread.name == "compiling":
            started.append(thread)
            if len(started) != 1:
                raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", only_one)
    crew = crew_of(tmp_path, 2)
    assert crew.compile(["a", "b", "c"], silent)
    assert told(tmp_path) == ["a", "b", "c"]
    assert len(started) == 2
    assert crew_of(tmp_path, 2).compile(["d"], silent)  # nobody comes: it is left to the caller
    assert "d" not in told(tmp_path)
    ended = threading.Thread(target=crew.dismiss, daemon=True)
    ended.start()
    ended.join(10)
    assert not ended.is_alive()


DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WORKER


@pytest.mark.skipif(os.name == "nt", reason="nothing can be stopped or be deaf there")
@pytest.mark.parametrize("how", ["stopped", "deaf"])
def test_a_worker_that_does_not_go_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The window closes, whatever has become of a process that compiles."""
    monkeypatch.setattr(crew_module, "_LEAVING_SECONDS", 0.3)
    script = (DEAF if how == "deaf" else WORKER).format(log=str(tmp_path / "log"))
    crew = Crew(1, [sys.executable, "-c", script])
    waiting = threading.Thread(target=crew.compile, args=(["waits", "a"], silent), daemon=True)
    waiting.start()
    until(lambda: (tmp_path / "log").exists() and "waits" in told(tmp_path))
    pid = int((tmp_path / "log").read_text().split()[1])
    if how == "stopped":
        os.kill(pid, signal.SIGSTOP)
    ended = threading.Thread(target=crew.dismiss, daemon=True)
    ended.start()
    ended.join(10)
    assert not ended.is_alive()
    waiting.join(10)
    assert not waiting.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_who_watches_may_give_up(tmp_path: Path) -> None:
    def give_up(share: float, name: str) -> None:
        raise GivenUp

    crew = crew_of(tmp_path, 1)
    with pytest.raises(GivenUp):
        crew.compile(["a", "b"], give_up)
    crew.compile(["a", "b"], silent)  # they were compiled all the same, or are now
    assert told(tmp_path) == ["a", "b"]


def test_a_worker_that_cannot_keep_its_work_leaves(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a full disk nobody waits for workers that compile for nothing."""
    compiled: list[str] = []

    def compile_one(name: str) -> None:
        compiled.append(name)
        if name == "b":
            refused.set()

    refused = threading.Event()
    monkeypatch.setattr(kept, "refused", refused)
    monkeypatch.setattr(ahead, "compile_one", compile_one)
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\nb\nc\n"))
    main()
    assert compiled == ["a", "b"]
    assert capsys.readouterr().out == "a\n"


def test_what_nobody_waits_for_any_more_is_not_begun(tmp_path: Path) -> None:
    """Stop was pressed while the engine was prepared: the workers go home."""
    crew = crew_of(tmp_path, 1)

    def give_up(share: float, name: str) -> None:
        if (tmp_path / "log").exists():
            raise GivenUp

    with pytest.raises(GivenUp):
        crew.compile(["waits", *(f"k{number}" for number in range(50))], give_up)
    (tmp_path / "log.go").touch()
    until(lambda: not crew._serving)
    assert told(tmp_path) == ["waits"]


def test_what_another_waits_for_is_compiled_though_one_gave_up(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, 1)
    other = threading.Thread(target=crew.compile, args=(["waits", "a", "b"], silent))
    other.start()
    until(lambda: (tmp_path / "log").exists())

    def give_up(share: float, name: str) -> None:
        raise GivenUp

    with pytest.raises(GivenUp):
        crew.compile(["c", "b", "d"], give_up)
    (tmp_path / "log.go").touch()
    other.join(20)
    assert not other.is_alive()
    assert sorted(told(tmp_path)) == ["a", "b", "waits"]


def test_every_function_has_a_name_of_its_own() -> None:
    """A worker is told names: two functions of one name would leave one of them uncompiled."""
    operations = {
        id(function): function.name
        for operation in OPERATIONS.values()
        for function in (
            operation.forward, operation.backward, operation.meet, operation.meet_back
        )
        if function is not None
    }  # fmt: skip
    updates = {
        id(function): function.name
        for update in UPDATES.values()
        for function in (update.change, update.before)
        if function is not None
    }
    names = [*operations.values(), *updates.values(), take_augmented.name]
    assert sorted(names) == sorted(ahead.functions())
    assert ahead.AUGMENT not in names
    assert set(ahead._USUAL) < set(names)
    assert ahead.MACHINE not in names


def test_what_is_loaded_counts_as_kept() -> None:
    function = ahead.functions()["relu6"]
    function.address(np.float32)
    assert function.is_kept(np.float32)


def test_nothing_is_compiled_for_a_program_that_is_closed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(ahead, "_closing", threading.Event())
    monkeypatch.setattr(ahead, "compile_one", compiled.append)
    monkeypatch.setattr(ahead, "_is_kept", lambda name: False)
    crew = crew_of(tmp_path, 1)
    monkeypatch.setattr(ahead, "_crew", lambda: crew)
    ahead.dismiss()
    ahead.prepare_all()
    assert compiled == []


class Slow:
    """A function that is not compiled yet."""

    def __init__(self, name: str, compiled: list[str]) -> None:
        self.name, self._compiled = name, compiled

    def is_kept(self, dtype: object) -> bool:
        return self.name in self._compiled

    def address(self, dtype: object) -> int:
        self._compiled.append(self.name)
        return 0


def cold_engine(compiled: list[str], monkeypatch: pytest.MonkeyPatch) -> Engine:
    """One that is compiled in this process, for nothing can be kept."""
    monkeypatch.setattr(ahead, "_crew", lambda: None)
    engine = engine_for([Dense(units=2)], (3,), batch=4)
    monkeypatch.setattr(
        Engine, "functions", lambda self: [Slow(name, compiled) for name in ("a", "b", "c")]
    )
    monkeypatch.setattr(Engine, "prepare", lambda self: compiled.append("machine"))
    monkeypatch.setattr(ahead, "_is_kept", lambda name: False)
    return engine


def test_who_watches_may_give_up_what_is_compiled_in_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled: list[str] = []
    engine = cold_engine(compiled, monkeypatch)

    def give_up(share: float, name: str) -> None:
        if name == "b":
            raise GivenUp

    with pytest.raises(GivenUp):
        ahead.prepare(engine, give_up)
    assert compiled == ["a"]
    shares: list[float] = []
    assert ahead.prepare(engine, lambda share, name: shares.append(share))
    assert compiled == ["a", "b", "c", "machine"]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[-1] < 1
    assert ahead.prepare(engine, lambda share, name: pytest.fail("nothing is missing"))


def test_closing_ends_what_is_compiled_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    engine = cold_engine(compiled, monkeypatch)
    closing = threading.Event()
    monkeypatch.setattr(ahead, "_closing", closing)
    assert not ahead.prepare(engine, lambda share, name: closing.set())
    assert "machine" not in compiled
    assert len(compiled) <= 1


COLD = """
import sys
from numba.core import event
from nndesigner.engine import ahead
from nndesigner.engine.engine import Engine
from nndesigner.engine.tape import TapeBuilder

builder = TapeBuilder()
builder.begin("input", {})
x = builder.input((3,))
builder.begin("dense", {"weight": (3, 2), "bias": (2,)})
x = builder.bias(builder.dense(x, builder.parameter("weight"), 2), builder.parameter("bias"))
tape = builder.finish(x, "mse", labels=False, classes=False, target_size=2)
shares = []
with event.install_recorder("numba:compile") as recorder:
    ahead.prepare(Engine(tape, batch=4), lambda share, name: shares.append(share))
print(sum(found.is_start for _, found in recorder.buffer), shares[0], len(set(shares)) > 2)
"""


@pytest.mark.slow
def test_nothing_is_compiled_in_the_process_that_waits(tmp_path: Path) -> None:
    """From an empty cache: what the workers compile is what the program then loads."""
    assert crew_of_this_machine() is not None
    done = subprocess.run(
        [sys.executable, "-c", COLD],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.stdout.split() == ["0", "0.0", "True"], done.stderr
