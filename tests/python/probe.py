"""Says how a line between two hosts is: run `probe.py serve` on one, and `probe.py ask ADDRESS` on the other.

`serve` prints "ready" and sends every UDP datagram and every byte of a TCP connection back, until standard input ends.
`ask` prints one JSON line: {"sent", "answered", "least_ms", "median_ms", "tcp_ms"}; the times are of a round trip, and
null where nothing came back. `tcp_ms` is the time to connect, say a word and hear it.
"""

import argparse
import json
import os
import select
import socket
import statistics
import threading
import time

PORT = 4480
PACE_SECONDS = 0.005


def serve():
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("", PORT))
    listener = socket.create_server(("", PORT))
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([datagrams, listener, 0], [], [])
        if datagrams in ready:
            datagrams.sendto(*datagrams.recvfrom(2_048))
        if listener in ready:
            threading.Thread(target=echo, args=listener.accept()[:1], daemon=True).start()
        if 0 in ready and not os.read(0, 1):
            return


def echo(connection):
    with connection:
        while read := connection.recv(65_536):
            connection.sendall(read)


def ask(address, count, word_bytes, patience):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect((address, PORT))
    round_trips = {}
    sent, end = 0, None
    due = time.monotonic()
    while sent < count or time.monotonic() < end:
        now = time.monotonic()
        if sent < count and now >= due:
            try:
                sender.send(f"{sent} {now}".encode())
            except ConnectionRefusedError:
                pass
            sent, due, end = sent + 1, due + PACE_SECONDS, now + patience
        wait = (due if sent < count else end) - time.monotonic()
        if select.select([sender], [], [], max(wait, 0))[0]:
            try:
                number, then = sender.recv(2_048).decode().split()
            except ConnectionRefusedError:
                continue
            round_trips[number] = (time.monotonic() - float(then)) * 1_000
            if len(round_trips) == count:
                break
    times = list(round_trips.values())
    return {
        "sent": sent,
        "answered": len(times),
        "least_ms": min(times, default=None),
        "median_ms": statistics.median(times) if times else None,
        "tcp_ms": tcp(address, word_bytes, patience),
    }


def tcp(address, word_bytes, patience):
    word = os.urandom(word_bytes)
    began = time.monotonic()
    try:
        with socket.create_connection((address, PORT), timeout=patience) as connection:
            threading.Thread(target=connection.sendall, args=(word,), daemon=True).start()
            heard = b""
            while len(heard) < len(word):
                read = connection.recv(65_536)
                if not read:
                    return None
                heard += read
    except OSError:
        return None
    if heard != word:
        raise AssertionError("what came back is not what was sent")
    return (time.monotonic() - began) * 1_000


def main():
    parser = argparse.ArgumentParser(description="Says how a line between two hosts is.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve")
    asking = commands.add_parser("ask")
    asking.add_argument("address")
    asking.add_argument("--count", type=int, default=20, help="UDP datagrams")
    asking.add_argument("--bytes", type=int, default=1, help="length of the word that is said over TCP")
    asking.add_argument("--patience", type=float, default=2.0, help="seconds for the last answer")
    arguments = parser.parse_args()
    if arguments.command == "serve":
        serve()
    else:
        print(json.dumps(ask(arguments.address, arguments.count, arguments.bytes, arguments.patience)))


if __name__ == "__main__":
    main()
