"""A standby takes over from a primary that is gone, while a program is connected: one error, and the next transaction
writes to the new primary. What was connected to the standby itself may write from then on.

    promote_test.py MOONBASE
"""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cluster import Cluster, Program

WRITE = "session:rollback() session:add(Note{text = 'x'}) session:commit() return Note.query:count()"


def main():
    source = Path(__file__).parent / "ask.lua"
    with Cluster() as server:
        server.start_standby()
        standby = server.standby_url
        host = standby.split("@")[1].split("/")[0]
        both = server.url.removesuffix("/postgres") + f",{host}/postgres" + "?target_session_attrs=read-write"
        with Program(sys.argv[1], source, both) as program, Program(sys.argv[1], source, standby) as reader:
            assert program.line() == "ready" and reader.line() == "ready"
            assert program.ask("db.create_all()") == "ok"
            assert program.ask(WRITE) == "ok 1"
            end = time.monotonic() + 60
            while reader.ask("session:rollback() return Note.query:count()") != "ok 1":
                assert time.monotonic() < end, "the standby does not follow"
            answer = reader.ask(WRITE)
            print(answer)
            assert " 25006 " in answer and "connect to the primary" in answer, answer
            server.kill()
            answer = program.ask(WRITE)
            print(answer)
            assert answer.startswith("OperationalError 08006 "), answer
            # No host takes writes now.
            answer = program.ask(WRITE)
            print(answer)
            assert answer.startswith("OperationalError 08001 "), answer
            server.promote_standby()
            assert program.ask(WRITE) == "ok 2"
            assert reader.ask(WRITE) == "ok 3"


if __name__ == "__main__":
    main()
