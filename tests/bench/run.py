#!/usr/bin/env python3
"""Runs each workload as a plain C program (the floor) and from Lua through the ORM, in turns, and
prints the medians and their ratio as a Markdown table.

    scripts/bench [--pg] [W1 W2 ... memory] [--runs N] [--build DIR] [--dir DIR]

With --pg the database is a PostgreSQL server that the program starts for itself; the server and
both clients are pinned to one core, so that a round trip costs the same on every machine.

Speed is printed and never judged. What a workload does is: one that fails, or that leaves another
database than the floor leaves, ends the program with exit code 1.
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# What `bench_floor make` is told, by the name of the database.
DATABASES = {"plain": [], "index": ["--index"], "empty": ["--empty"], "users": ["--users"]}

# A process is over in milliseconds: more runs cost nothing and calm the median.
START_RUNS_FACTOR = 5


class WorkloadError(Exception):
    """A workload ended with an error, or did other work than the floor."""


@dataclass(frozen=True)
class Workload:
    """One row of the table. Goals are ratios to the floor; `first_goal` may be missing."""

    name: str
    work: str
    database: str
    writes: bool
    first_goal: float | None
    goal: float


WORKLOADS = [
    Workload("W1", "insert 110,000 objects", "empty", True, 3.5, 2.5),
    Workload("W2", "load 100,000 entities", "plain", False, 3.0, 2.5),
    Workload("W3", "100,000 rows of two columns", "plain", False, 5.0, 4.0),
    Workload("W4", "get 10,000 by key", "plain", False, 1.3, 0.6),
    Workload("W5", "get 100,000 held objects", "plain", False, 35.0, 25.0),
    Workload("W6", "10,000 users and their posts", "index", False, 4.0, 3.0),
    Workload("W7", "2,000 collections lazily", "index", False, 3.0, 2.5),
    Workload("W8", "update 10,000", "plain", True, 4.0, 3.0),
    Workload("W9", "delete 10,000", "plain", True, 3.5, 2.5),
    Workload("W10", "filter 10,000 times", "plain", False, 1.3, 0.6),
    Workload("W11", "start, count, exit", "plain", False, 3.0, 3.0),
    Workload("W12", "insert 1,000,000 rows in bulk", "users", True, 1.5, 1.2),
]
# On PostgreSQL: goals of their own, and the workloads where the network is not all there is.
POSTGRESQL_GOALS = {"W1": 2.0, "W2": 3.0, "W3": 3.0, "W4": 1.3, "W10": 1.3, "W12": 1.2}
POSTGRESQL_WORKLOADS = [
    Workload(w.name, w.work, w.database, w.writes, None, POSTGRESQL_GOALS[w.name])
    for w in WORKLOADS
    if w.name in POSTGRESQL_GOALS
]
MEMORY = "memory"
MEMORY_FIRST_GOAL, MEMORY_GOAL = 0.5, 0.45


class Bench:
    """The two programs and their databases, in a folder that is removed at the end."""

    workloads = WORKLOADS
    names = [workload.name for workload in WORKLOADS] + [MEMORY]

    def __init__(self, build: pathlib.Path, folder: pathlib.Path):
        self.moonbase = program(build, "moonbase", ["."])
        self.floor = program(build, "bench_floor", ["tests", "tests/bench"])
        self.folder = folder
        self.made: set[str] = set()

    def close(self) -> None:
        """Stops what __init__ started."""

    def database(self, name: str, copy: bool) -> pathlib.Path | str:
        """The path of a database, made at the first call; of a fresh copy if it will be changed."""
        original = self.folder / f"{name}.db"
        if name not in self.made:
            run([self.floor, "make", original, *DATABASES[name]])
            self.made.add(name)
        if not copy:
            return original
        changed = self.folder / "copy.db"
        changed.with_name("copy.db-journal").unlink(missing_ok=True)
        shutil.copyfile(original, changed)
        # What the copy left to be written would otherwise be paid for by the workload's commit.
        with open(changed, "rb") as file:
            os.fsync(file.fileno())
        return changed

    def command(self, side: str, name: str, path: pathlib.Path | str) -> list:
        """How to run a workload on one side, `floor` or `moonbase`."""
        if side == "floor":
            return [self.floor, name, path]
        return [self.moonbase, "run", HERE / "workloads" / f"{name.lower()}.lua", path]

    def url(self, path: pathlib.Path | str) -> str:
        return f"sqlite:///{path}"

    def digest(self, path: pathlib.Path | str) -> str:
        """A fingerprint of all rows; two sides that did the same work have the same."""
        return digest(path)

    def database_name(self) -> str:
        """The database and its version, which both programs use."""
        return f"SQLite {run([self.floor, 'version']).strip()} in a file"

    def run(self, command: list, path: pathlib.Path | str) -> str:
        return run(command, self.url(path))

    def seconds(self, side: str, workload: Workload) -> tuple[float, pathlib.Path]:
        """One run: the seconds of its measured part, and the database it leaves."""
        path = self.database(workload.database, workload.writes)
        command = self.command(side, workload.name, path)
        if workload.name == "W11":
            return whole_process(command, self.url(path)), path
        return number(self.run(command, path).split()[-1:], command), path

    def memory(self, side: str) -> tuple[float, float]:
        """KiB for each entity: held after the load, and at the peak of W2's work."""
        path = self.database("plain", False)
        command = self.command(side, MEMORY, path)
        words = self.run(command, path).split()
        return number(words[-2:-1], command), number(words[-1:], command)


class PostgresqlBench(Bench):
    """The same on a server of its own; its tables are made anew before each workload that writes."""

    workloads = POSTGRESQL_WORKLOADS
    names = [workload.name for workload in POSTGRESQL_WORKLOADS]

    def __init__(self, build: pathlib.Path, folder: pathlib.Path):
        super().__init__(build, folder)
        self.floor = program(build, "bench_floor_postgresql", ["tests", "tests/bench"])
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        # The server is run by a user of its own where this program is run by root.
        folder.chmod(0o755)
        self.server = folder / "server"
        address = run([ROOT / "scripts/dev/postgresql", "start", self.server]).split()[-1]
        # A local socket: TCP would be the greater part of a round trip, on both sides.
        port = urllib.parse.urlsplit(address).port
        self.address = f"postgresql://postgres@/postgres?host={self.server}&port={port}"
        self.present = ""

    def close(self) -> None:
        run([ROOT / "scripts/dev/postgresql", "stop", self.server])

    def database(self, name: str, copy: bool) -> str:
        if copy or self.present != name:
            run([self.floor, "make", self.address, *DATABASES[name]])
        self.present = "" if copy else name
        return self.address

    def url(self, path: pathlib.Path | str) -> str:
        return str(path)

    def digest(self, path: pathlib.Path | str) -> str:
        return run([self.floor, "digest", path])

    def database_name(self) -> str:
        version = run([self.floor, "version", self.address]).split()[0]
        return f"PostgreSQL {version} on a local socket, server and clients on one core"


def program(build: pathlib.Path, name: str, folders: list[str]) -> pathlib.Path:
    for folder in folders:
        path = build / folder / name
        if path.is_file():
            return path.resolve()
    sys.exit(f"bench: {name} is not built in {build}; run scripts/bench, which builds it")


def environment(url: str | None) -> dict[str, str]:
    settings = dict(os.environ, MOONBASE_APP=str(HERE / "app.lua"))
    if url is not None:
        settings["DATABASE_URL"] = url
    return settings


def run(command: list, url: str | None = None) -> str:
    """What the command prints. Raises WorkloadError when it ends with an error."""
    done = subprocess.run(
        [str(word) for word in command],
        env=environment(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise WorkloadError(f"exit code {done.returncode}\n{done.stdout}{done.stderr}".strip())
    return done.stdout


def whole_process(command: list, url: str) -> float:
    """Seconds from the start of a process to its end; what it prints is dropped."""
    words = [str(word) for word in command]
    settings = environment(url)
    redirect = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    ]
    start = time.monotonic()
    process = os.posix_spawn(words[0], words, settings, file_actions=redirect)
    _, status = os.waitpid(process, 0)
    seconds = time.monotonic() - start
    if status != 0:
        raise WorkloadError(f"exit code {os.waitstatus_to_exitcode(status)}")
    return seconds


def number(words: list[str], command: list) -> float:
    try:
        return float(words[0])
    except (IndexError, ValueError):
        raise WorkloadError(f"{command[0]} printed no number") from None


def digest(path: pathlib.Path) -> str:
    rows = hashlib.sha256()
    connection = sqlite3.connect(path)
    for query in (
        "SELECT id, username, email, password_hash FROM user ORDER BY id",
        "SELECT id, body, timestamp, user_id FROM post ORDER BY id",
    ):
        for row in connection.execute(query):
            rows.update(repr(row).encode())
    connection.close()
    return rows.hexdigest()


def warm_up(bench: Bench, workload: Workload) -> None:
    """One run of each side that is not counted, but whose work is checked."""
    left = {}
    for side in ("floor", "moonbase"):
        _, path = bench.seconds(side, workload)
        if workload.writes:
            left[side] = bench.digest(path)
    if left and left["floor"] != left["moonbase"]:
        raise WorkloadError("the rows in the database are not those that the floor wrote")
    if workload.name == "W11":
        path = bench.database(workload.database, False)
        printed = bench.run(bench.command("moonbase", workload.name, path), path).split()
        if printed[-1:] != ["10000"]:
            raise WorkloadError(f"printed {printed[-1:]}, expected 10000")


def measure(bench: Bench, workload: Workload, runs: int) -> tuple[float, float]:
    """The median seconds of the floor and of Moonbase, run in turns."""
    warm_up(bench, workload)
    times: dict[str, list[float]] = {"floor": [], "moonbase": []}
    for _ in range(runs * START_RUNS_FACTOR if workload.name == "W11" else runs):
        for side, seconds in times.items():
            seconds.append(bench.seconds(side, workload)[0])
    return statistics.median(times["floor"]), statistics.median(times["moonbase"])


def three_digits(seconds: float) -> str:
    """Seconds with three digits that count: 0.000312, 0.0288, 1.29."""
    places = 2
    while places < 6 and round(seconds, places) * 10 ** (places - 2) < 1:
        places += 1
    return f"{seconds:.{places}f}"


def workload_row(bench: Bench, workload: Workload, runs: int) -> str:
    floor, moonbase = measure(bench, workload, runs)
    first_goal = "–" if workload.first_goal is None else f"≤ {workload.first_goal:g}"
    return (
        f"| {workload.name} {workload.work} | {three_digits(floor)} | {three_digits(moonbase)} "
        f"| **{moonbase / floor:.2f}** | {first_goal} | ≤ {workload.goal:g} |"
    )


def memory_rows(bench: Bench, runs: int) -> list[str]:
    samples: dict[str, list[tuple[float, float]]] = {"floor": [], "moonbase": []}
    for _ in range(runs):
        for side, kib in samples.items():
            kib.append(bench.memory(side))
    rows = []
    for index, when in enumerate(("held after W2's load", "at the peak of W2")):
        floor, moonbase = (
            statistics.median(sample[index] for sample in samples[side]) for side in samples
        )
        rows.append(
            f"| KiB an entity, {when} | {floor:.2f} | {moonbase:.2f} "
            f"| **{moonbase / floor:.2f}** | ≤ {MEMORY_FIRST_GOAL} KiB | ≤ {MEMORY_GOAL} KiB |"
        )
    return rows


def machine() -> str:
    """The processor as /proc/cpuinfo names it, and how many cores this process may use."""
    model = "an unnamed processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {len(os.sched_getaffinity(0))} cores"


def print_table(bench: Bench, names: list[str], runs: int) -> bool:
    """Prints the table row by row; true when every workload ran."""
    print(
        f"Measured on {machine()}; {bench.database_name()}, "
        f"median of {runs} runs in turns.\n"
    )
    print("| workload | floor s | Moonbase s | ratio | first goal | goal |")
    print("|---|--:|--:|--:|--:|--:|", flush=True)
    failures = []
    for workload in bench.workloads:
        if workload.name in names:
            try:
                print(workload_row(bench, workload, runs), flush=True)
            except WorkloadError as error:
                print(f"| {workload.name} {workload.work} | failed | | | | |", flush=True)
                failures.append(f"{workload.name}: {error}")
    if MEMORY in names:
        try:
            print("\n".join(memory_rows(bench, runs)), flush=True)
        except WorkloadError as error:
            failures.append(f"{MEMORY}: {error}")
    for failure in failures:
        print(f"bench: {failure}", file=sys.stderr)
    return not failures


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "workloads", nargs="*", metavar="WORKLOAD", help=f"of {' '.join(Bench.names)}; all if none"
    )
    parser.add_argument("--pg", action="store_true", help="on a PostgreSQL server")
    parser.add_argument("--runs", type=int, default=5, help="runs of each side (5)")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--dir", help="where the databases are made (the temporary folder)")
    options = parser.parse_args()
    kind = PostgresqlBench if options.pg else Bench
    wanted = [name.upper() if name.lower() != MEMORY else MEMORY for name in options.workloads]
    for name in wanted:
        if name not in kind.names:
            parser.error(f"there is no workload {name}; there are {' '.join(kind.names)}")
    if options.runs < 1:
        parser.error("--runs takes 1 or more")
    with tempfile.TemporaryDirectory(prefix="moonbase-bench-", dir=options.dir) as folder:
        bench = kind(options.build, pathlib.Path(folder).resolve())
        try:
            return 0 if print_table(bench, wanted or kind.names, options.runs) else 1
        finally:
            bench.close()


if __name__ == "__main__":
    sys.exit(main())
