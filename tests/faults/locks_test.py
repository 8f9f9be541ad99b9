"""Two programs in each other's way on one PostgreSQL server: deadlock, lock timeout, statement timeout, connections ended by
an administrator. Each is one error with its SQLSTATE, and the next transaction works.

    locks_test.py MOONBASE
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cluster import Cluster, Program

UPDATE = "Note.query:filter_by{{id = {0}}}:update{{text = '{1}'}}"
READ = "local t = Note.query:order_by(Note.id):all() local s = t[1].text .. t[2].text session:rollback() return s"


def main():
    source = Path(__file__).parent / "ask.lua"
    with Cluster() as server:
        url = server.url + "?options=-c%20lock_timeout%3D300%20-c%20statement_timeout%3D2000"
        with Program(sys.argv[1], source, server.url) as one, Program(sys.argv[1], source, url) as two:
            assert one.line() == "ready" and two.line() == "ready"
            assert one.ask("db.create_all() session:add_all{Note{text = 'a'}, Note{text = 'b'}} session:commit()") == "ok"
            deadlock(server, source)
            serialization(server, source)
            lock_timeout(one, two)
            statement_timeout(two)
            ended_inside_a_transaction(one, two)
            ended_between_transactions(one, two)


def expect(answer, *words):
    print(answer)
    assert all(word in answer for word in words), (answer, words)


def deadlock(server, source):
    with Program(sys.argv[1], source, server.url) as one, Program(sys.argv[1], source, server.url) as two:
        assert one.line() == "ready" and two.line() == "ready"
        assert one.ask(UPDATE.format(1, "one")) == "ok" and two.ask(UPDATE.format(2, "two")) == "ok"
        one.say(UPDATE.format(2, "one"))
        two.say(UPDATE.format(1, "two"))
        # One of them had to give way; the other goes on when that has rolled back.
        answers = [one.line(), None]
        if answers[0].startswith("ok"):
            answers[1] = two.line()
        else:
            assert one.ask("session:rollback()") == "ok"
            answers[1] = two.line()
        loser, winner = (one, two) if answers[1].startswith("ok") else (two, one)
        expect(answers[0 if loser is one else 1], "OperationalError 40P01 ", "roll back and run it again")
        assert winner.ask("session:commit()") == "ok"
        assert loser.ask("session:rollback() " + UPDATE.format(1, "a")) == "ok"
        assert loser.ask(UPDATE.format(2, "b") + " session:commit()") == "ok"
        assert winner.ask(READ) == "ok ab"


def serialization(server, source):
    serializable = "?options=-c%20default_transaction_isolation%3Dserializable"
    with Program(sys.argv[1], source, server.url + serializable) as one, \
            Program(sys.argv[1], source, server.url + serializable) as two:
        assert one.line() == "ready" and two.line() == "ready"
        assert one.ask("return #Note.query:all()") == "ok 2" and two.ask("return #Note.query:all()") == "ok 2"
        assert one.ask(UPDATE.format(1, "a") + " session:commit()") == "ok"
        expect(two.ask(UPDATE.format(1, "z") + " session:commit()"), "OperationalError 40001 ", "again")
        assert two.ask("session:rollback() " + READ) == "ok ab"


def lock_timeout(one, two):
    assert one.ask(UPDATE.format(1, "held")) == "ok"
    expect(two.ask(UPDATE.format(1, "wanted")), "OperationalError 55P03 ", "Another transaction holds")
    assert one.ask("session:rollback()") == "ok"
    assert two.ask("session:rollback() " + UPDATE.format(1, "a") + " session:commit()") == "ok"


def statement_timeout(two):
    answer = two.ask("session:execute(db.text 'SELECT pg_sleep(60)')")
    expect(answer, "OperationalError 57014 ", "statement_timeout")
    assert float(answer.split()[2]) < 10, answer
    assert two.ask("session:rollback() " + READ) == "ok ab"


def end_of(program):
    """What another must run to end the connection of this one's transaction."""
    process = program.ask("return session:scalar(db.text 'SELECT pg_backend_pid()')").split()[1]
    return f"return session:scalar(db.text 'SELECT pg_terminate_backend({process}, 5000)')"


def ended_inside_a_transaction(one, two):
    assert two.ask("session:rollback() session:add(Note{text = 'lost'}) session:flush()") == "ok"
    assert one.ask(end_of(two) + ", session:rollback()").startswith("ok true")
    expect(two.ask("session:add(Note{text = 'more'}) session:commit()"), "OperationalError 57P01 ",
           "the next transaction opens another")
    assert two.ask("session:rollback() session:expunge_all() return Note.query:count()") == "ok 2"


def ended_between_transactions(one, two):
    end = end_of(two)
    assert two.ask("session:rollback()") == "ok"
    assert one.ask(end + ", session:rollback()").startswith("ok true")
    expect(two.ask("return Note.query:count()"), "OperationalError 57P01 ", "the next transaction opens another")
    assert two.ask("session:rollback() return Note.query:count()") == "ok 2"


if __name__ == "__main__":
    main()
