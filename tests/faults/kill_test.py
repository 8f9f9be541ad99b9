"""Kills a PostgreSQL server at random moments of a writing program. After each kill the server is started again, the
same program goes on by itself, and every commit that it was told of is there, every other only if it was said to
be unknown, and nothing is there in part.

    kill_test.py MOONBASE [MOMENTS [SEED]]

prints its seed.
"""
import random
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cluster import Cluster, Program

MANY = 1_000_000


def main():
    moonbase = sys.argv[1]
    moments = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1_000_000)
    print(f"{moments} moments, seed {seed}", flush=True)
    chance = random.Random(seed)
    with Cluster() as server, Program(moonbase, Path(__file__).parent / "writer.lua", server.url) as program:
        assert program.line() == "ready"
        first, unknown = 1, 0
        for moment in range(moments):
            first, was_unknown = kill_once(server, program, chance, first)
            unknown += was_unknown
    print(f"{first - 1} users written, {unknown} commits of unknown outcome")


def kill_once(server, program, chance, first):
    """Returns the number of the next user, and whether a commit was in doubt."""
    commits, delay = chance.randrange(40), chance.uniform(0, 0.004)
    program.say(f"write {first} {MANY}")
    killer = None
    acknowledged, doubt = set(), set()
    while True:
        if len(acknowledged) == commits and killer is None:
            killer = threading.Timer(delay, server.kill)
            killer.start()
        words = program.line().split(" ", 3)
        user = int(words[1])
        if words[0] != "committed":
            break
        acknowledged.add(user)
    killer.join()
    assert words[0] in ("failed", "unknown") and words[2] in ("08006", "57P01", "57P02"), words
    if words[0] == "unknown":
        doubt.add(user)
    server.restart()
    answer = program.ask(f"users {first}")
    assert answer.startswith("users"), answer
    found = set(map(int, answer.split()[1:]))
    assert acknowledged <= found, f"lost: {sorted(acknowledged - found)}"
    assert found <= acknowledged | doubt, f"never acknowledged: {sorted(found - acknowledged - doubt)}"
    return max(found | acknowledged | {user}) + 1, bool(doubt)


if __name__ == "__main__":
    main()
