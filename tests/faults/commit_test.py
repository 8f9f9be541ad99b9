"""A PostgreSQL server that is killed while it commits: nobody knows the outcome, and the error says so. The same program
goes on once the server is there again.

    commit_test.py MOONBASE
"""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cluster import Cluster, Program

# The commit waits inside the server.
SLOW_COMMIT = """db.engine:begin(function(c)
  c:execute(db.text [[CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$]])
  c:execute(db.text [[CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (new.text = 'slow') EXECUTE FUNCTION wait()]])
end)""".replace("\n", " ")


def main():
    source = Path(__file__).parent / "ask.lua"
    with Cluster() as server, Program(sys.argv[1], source, server.url) as program, \
            Program(sys.argv[1], source, server.url) as watcher:
        assert program.line() == "ready" and watcher.line() == "ready"
        assert program.ask("db.create_all()") == "ok"
        assert program.ask(SLOW_COMMIT) == "ok"
        program.say("session:add(Note{text = 'slow'}) session:commit()")
        committing = "SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active'"
        end = time.monotonic() + 60
        while watcher.ask(f"session:rollback() return session:scalar(db.text [[{committing}]])") != "ok 1":
            assert time.monotonic() < end, "nobody commits"
        server.kill()
        answer = program.line()
        print(answer)
        assert answer.startswith("OperationalError 08006 "), answer
        assert "whether the transaction was committed is not known" in answer, answer
        assert "look whether its rows are there" in answer, answer
        # Until it is back, each attempt is one clear error.
        assert program.ask("session:rollback()") == "ok"
        answer = program.ask("return Note.query:count()")
        print(answer)
        assert answer.startswith("OperationalError 08001 ") and "is the server running" in answer, answer
        server.restart()
        assert program.ask("session:rollback() return Note.query:count()") == "ok 0"
        assert program.ask("session:add(Note{text = 'fast'}) session:commit() return Note.query:count()") == "ok 1"


if __name__ == "__main__":
    main()
