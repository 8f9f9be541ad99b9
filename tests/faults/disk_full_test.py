"""A PostgreSQL server whose disk is full: the statement fails and says so, nothing is there in part, and the next
transaction works. The disk is a small tmpfs, which only root may mount: others skip this, saying so.

    disk_full_test.py MOONBASE
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cluster import Cluster, Program

SKIPPED = 77


def main():
    if os.geteuid() != 0:
        print("skipped: only root may mount a small disk")
        return SKIPPED
    with Cluster() as server:
        disk = server.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "moonbase", disk]).returncode != 0:
            print("skipped: this container mounts nothing")
            return SKIPPED
        try:
            shutil.chown(disk, server.folder.owner(), server.folder.group())
            fill(server, disk)
        finally:
            server.kill()
            subprocess.run(["umount", disk], check=True)


def fill(server, disk):
    with Program(sys.argv[1], Path(__file__).parent / "ask.lua", server.url) as program:
        assert program.line() == "ready"
        tablespace = f"CREATE TABLESPACE small LOCATION '{disk}'"
        answer = program.ask(f"moonbase.create_engine(tostring(db.engine.url), {{isolation_level = 'AUTOCOMMIT'}})"
                             f":connect():execute(db.text [[{tablespace}]])")
        assert answer.startswith("ok"), answer
        assert program.ask("db.create_all() db.engine:begin(function(c) c:execute(db.text 'ALTER TABLE note SET "
                           "TABLESPACE small') c:execute(db.text 'ALTER TABLE note ALTER text SET STORAGE EXTERNAL') "
                           "end)") == "ok"
        assert program.ask("session:add(Note{text = 'first'}) session:commit()") == "ok"
        answer = program.ask("session:add(Note{text = 'second'}) session:add(Note{text = ('x'):rep(16 << 20)}) "
                             "session:commit()")
        print(answer[:300])
        assert answer.startswith("OperationalError 53100 ") and "disk of the server is full" in answer, answer[:300]
        assert program.ask("session:rollback() return Note.query:count(), Note.query:first().text") == "ok 1 first"
        assert program.ask("session:add(Note{text = 'third'}) session:commit() return Note.query:count()") == "ok 2"


if __name__ == "__main__":
    sys.exit(main())
