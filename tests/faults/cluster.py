"""A PostgreSQL server of a test's own, to be killed, started again and replaced by its standby.

Unlike the server of the other tests it loses no acknowledged commit when it is killed.
"""
import os
import signal
import subprocess
import tempfile
from pathlib import Path

SCRIPT = Path(os.environ["MOONBASE_ROOT"]) / "scripts" / "dev" / "postgresql"


class Cluster:
    def __enter__(self):
        self._holder = tempfile.TemporaryDirectory(prefix="moonbase-faults-", ignore_cleanup_errors=True)
        # The server's user must get through to what is its own.
        os.chmod(self._holder.name, 0o755)
        self.folder = Path(self._holder.name) / "server"
        self.url = self._run("start")
        self.standby_url = None
        return self

    def __exit__(self, *error):
        self._run("stop")
        self._holder.cleanup()

    def _run(self, command):
        environment = dict(os.environ, MOONBASE_TEST_DURABLE="on")
        done = subprocess.run([SCRIPT, command, self.folder], env=environment, check=True,
                              stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120)
        return done.stdout.decode().strip()

    def start_standby(self):
        self.standby_url = self._run("standby")

    def promote_standby(self):
        self._run("promote")

    def kill(self, data="data"):
        """SIGKILL to the server and all its processes, which then are gone."""
        postmaster = int((self.folder / data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # so that it starts nobody else
        processes = [*_children(postmaster), postmaster]
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended by itself
        while any(_fields(process)[0] != "Z" for process in processes):
            os.sched_yield()

    def restart(self):
        self._run("restart")


def _fields(process):
    """What /proc says of a process, from its state on; of one that is gone, that it is."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return ["Z", "0"]


def _children(parent):
    everybody = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [process for process in everybody if int(_fields(process)[1]) == parent]


class Program:
    """A Lua program that moonbase runs, spoken to line by line."""

    def __init__(self, moonbase, source, *arguments):
        self._process = subprocess.Popen(
            [os.path.abspath(moonbase), "run", source, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1, cwd=tempfile.gettempdir())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def say(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def line(self):
        """The next line it prints; an AssertionError at its end."""
        line = self._process.stdout.readline()
        assert line, f"the program ended ({self._process.wait()})"
        return line.rstrip("\n")

    def ask(self, line):
        self.say(line)
        return self.line()
