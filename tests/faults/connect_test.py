"""What answers at the address of a PostgreSQL server and is none that can be used: one that is too old, one that never
answers, one that hangs up, one that speaks something else. Each is one clear error, within the time that was set.

    connect_test.py MOONBASE
"""
import socket
import struct
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cluster import Program


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def setting(name, value):
    return message(b"S", name + b"\0" + value + b"\0")


def too_old(client):
    """Lets everybody in and says that it is 9.6."""
    while True:
        length = struct.unpack("!I", client.recv(4))[0]
        client.recv(length - 4)
        if length != 8:
            break
        client.sendall(b"N")  # no TLS, no GSS
    client.sendall(message(b"R", struct.pack("!I", 0)) + setting(b"server_version", b"9.6.24")
                   + setting(b"client_encoding", b"UTF8") + setting(b"standard_conforming_strings", b"on")
                   + message(b"K", struct.pack("!II", 1, 2)) + message(b"Z", b"I"))
    client.recv(1)


def silent(client):
    while client.recv(100):
        pass


def hangs_up(client):
    client.recv(8)


def speaks_http(client):
    client.recv(8)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


CASES = [
    # behaviour, option, SQLSTATE, what the error says, the most seconds it may take
    (too_old, "", "-", "10", 2),
    (silent, "?connect_timeout=2", "08001", "connect_timeout", 4),
    (hangs_up, "", "08001", "closed the connection", 2),
    (speaks_http, "", "08001", "|", 2),
]


def serve(behaviour):
    listener = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                try:
                    behaviour(client)
                except (OSError, struct.error):
                    pass

    threading.Thread(target=run, daemon=True).start()
    return listener


def main():
    for behaviour, option, sqlstate, words, seconds in CASES:
        with serve(behaviour) as listener:
            url = f"postgresql://postgres@127.0.0.1:{listener.getsockname()[1]}/app{option}"
            with Program(sys.argv[1], Path(__file__).parent / "ask.lua", url) as program:
                assert program.line() == "ready"
                answer = program.ask("return Note.query:count()")
                print(f"{behaviour.__name__}: {answer}")
                kind, state, took, rest = answer.split(" ", 3)
                assert kind in ("OperationalError", "NotSupportedError") and state == sqlstate, answer
                assert words in rest and float(took) <= seconds, answer


if __name__ == "__main__":
    main()
