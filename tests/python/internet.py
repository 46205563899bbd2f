"""A small internet on one machine: hosts in network namespaces of their own, and a switch that carries their packets.

Each host is a network namespace (Linux, root) with one TUN device. This program carries all IPv4 packets between
the devices and can delay, lose, cut and translate them. It needs no module of the kernel but TUN, and touches nothing
outside the namespaces that it makes. Only the standard library is used.

It reads one JSON command a line from standard input and answers each with one JSON line, {"ok": ...} or {"error": ...}:

  {"do": "line", "delay_ms": 80, "jitter_ms": 10, "loss": 0.02}   the way between any two hosts, in one direction
  {"do": "host", "name": "jena"}                                  {"namespace", "address", "outside"} of a new host
  {"do": "host", "name": "gera", "behind": "router"}              the same behind a NAT, whose address is "outside"
  {"do": "split", "groups": [["jena"], ["gera"]]}                 only hosts of the same group reach each other
  {"do": "heal"}                                                  all reach each other again
  {"do": "counts"}                                                packets by what became of them

A NAT gives each flow (protocol, inner and outer address and port) a port of its own at its address, lets in only what
answers such a flow, and forgets a flow that was silent for too long. It drops everything else, ICMP too.

When standard input closes, or this program ends in whatever way, a second process removes all that was made: it ends
the processes in the namespaces and deletes these.
"""

import argparse
import fcntl
import heapq
import ipaddress
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time

# <linux/if_tun.h>, <linux/sched.h>
TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
CLONE_NEWNET = 0x40000000

PUBLIC = ipaddress.ip_network("203.0.113.0/24")
"""The hosts that all can reach, and the outer addresses of the NATs (RFC 5737)."""
PRIVATE = ipaddress.ip_network("10.0.0.0/24")
"""The hosts behind NATs."""
HOSTS_MAX = 64
DEVICE = "tun0"
MTU_BYTES = 1500
READS_MAX = 64
"""Packets that are read from one host before the others have their turn."""
WAITING_MAX = 50_000
"""Packets on their way; what comes on top is lost, as in a router whose memory is full."""
FLOWS_MAX = 4_096
FLOW_PORTS = (20_000, 60_000)
FLOW_SECONDS = {socket.IPPROTO_UDP: 30, socket.IPPROTO_TCP: 300}
"""How long a NAT remembers a flow that is silent. Home routers do not do better."""
COMMAND_SECONDS_MAX = 10
SWEEP_SECONDS_MAX = 10


class Wrong(Exception):
    """A command that cannot be done, in words."""


def run(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX)
    if done.returncode:
        raise Wrong(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout


def device(namespace):
    """The open TUN device of a namespace. Only a child enters the namespace; it hands the device back."""
    import ctypes

    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            entry = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
            if libc.setns(entry, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
            socket.send_fds(theirs, [b"."], [tun])
            status = 0
        except OSError as error:
            theirs.sendall(f"no TUN device: {error}".encode())
        finally:
            os._exit(status)
    theirs.close()
    words, fds, _, _ = socket.recv_fds(ours, 1_000, 1)
    ours.close()
    os.waitpid(child, 0)
    if not fds:
        raise Wrong(words.decode())
    return fds[0]


def adjusted(check, before, after):
    """An Internet checksum after some 16-bit words under it changed (RFC 1624, equation 3)."""
    total = ~check & 0xFFFF
    for old, new in zip(before, after):
        total += (~old & 0xFFFF) + new
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Packet:
    """An IPv4 packet whose addresses and ports can be read and changed. None of the ports: no TCP, no UDP."""

    CHECK = {socket.IPPROTO_TCP: 16, socket.IPPROTO_UDP: 6}

    def __init__(self, data):
        self.data = bytearray(data)
        self.head = (data[0] & 15) * 4
        self.protocol = data[9]
        fragment = struct.unpack_from("!H", data, 6)[0] & 0x3FFF
        whole = self.protocol in self.CHECK and not fragment and len(data) >= self.head + 8
        if self.protocol == socket.IPPROTO_TCP and len(data) < self.head + 20:
            whole = False
        self.ports = struct.unpack_from("!HH", data, self.head) if whole else None

    @property
    def source(self):
        return bytes(self.data[12:16])

    @property
    def target(self):
        return bytes(self.data[16:20])

    def readdress(self, at, address, port):
        """Puts another end in place: at 0 where it comes from, at 1 where it goes."""
        place, port_place = 12 + at * 4, self.head + at * 2
        before = struct.unpack_from("!HH", self.data, place)
        self.data[place : place + 4] = address
        after = struct.unpack("!HH", address)
        (check,) = struct.unpack_from("!H", self.data, 10)
        struct.pack_into("!H", self.data, 10, adjusted(check, before, after))
        (old,) = struct.unpack_from("!H", self.data, port_place)
        struct.pack_into("!H", self.data, port_place, port)
        place = self.head + self.CHECK[self.protocol]
        (check,) = struct.unpack_from("!H", self.data, place)
        if self.protocol == socket.IPPROTO_UDP and check == 0:
            return
        check = adjusted(check, (*before, old), (*after, port))
        # In UDP a zero says that there is none (RFC 768).
        if self.protocol == socket.IPPROTO_UDP and check == 0:
            check = 0xFFFF
        struct.pack_into("!H", self.data, place, check)


class Nat:
    """Address and port translation with one outer address."""

    def __init__(self, address, dice, clock=time.monotonic):
        self.address = address
        self.dice = dice
        self.clock = clock
        # (protocol, inner address, inner port, outer address, outer port) -> [port here, last heard]
        self.flows = {}
        # (protocol, port here) -> the key of its flow
        self.ports = {}

    def out(self, packet):
        """Translates what leaves; false where it cannot."""
        if packet.ports is None:
            return False
        key = (packet.protocol, packet.source, packet.ports[0], packet.target, packet.ports[1])
        flow = self.alive(key) or self.begin(key)
        if flow is None:
            return False
        flow[1] = self.clock()
        packet.readdress(0, self.address, flow[0])
        return True

    def into(self, packet):
        """Translates what comes in; the inner address, or none where it answers nothing."""
        if packet.ports is None:
            return None
        key = self.ports.get((packet.protocol, packet.ports[1]))
        if key is None or key[3:] != (packet.source, packet.ports[0]):
            return None
        flow = self.alive(key)
        if flow is None:
            return None
        flow[1] = self.clock()
        packet.readdress(1, key[1], key[2])
        return key[1]

    def alive(self, key):
        flow = self.flows.get(key)
        if flow and self.clock() - flow[1] > FLOW_SECONDS[key[0]]:
            self.forget(key)
            return None
        return flow

    def begin(self, key):
        if len(self.flows) >= FLOWS_MAX:
            for old in list(self.flows):
                self.alive(old)
        if len(self.flows) >= FLOWS_MAX:
            return None
        port = self.dice.randrange(*FLOW_PORTS)
        while (key[0], port) in self.ports:
            port = self.dice.randrange(*FLOW_PORTS)
        self.ports[key[0], port] = key
        self.flows[key] = [port, self.clock()]
        return self.flows[key]

    def forget(self, key):
        del self.ports[key[0], self.flows.pop(key)[0]]


class Host:
    def __init__(self, name, namespace, address, tun, nat):
        self.name = name
        self.namespace = namespace
        self.address = address
        self.tun = tun
        self.nat = nat


class Internet:
    """All hosts, and the packets that are on their way between them."""

    def __init__(self, prefix, dice):
        self.prefix = prefix
        self.dice = dice
        self.hosts = {}
        self.nats = {}
        # Who gets what is sent to an address: a host or a NAT.
        self.places = {}
        self.inner = {}
        self.by_tun = {}
        self.delay = self.jitter = self.loss = 0.0
        self.groups = None
        # (due, number, from, target, packet)
        self.waiting = []
        self.number = 0
        # A line does not let one packet overtake another of the same two hosts.
        self.latest = {}
        self.counts = dict.fromkeys(("carried", "lost", "cut", "kept_out", "astray", "overflow"), 0)
        self.poll = select.epoll()

    # Commands

    def obey(self, command):
        words = {"line": self.line, "host": self.host, "split": self.split, "heal": self.heal, "counts": self.count}
        if not isinstance(command, dict) or command.get("do") not in words:
            raise Wrong(f"\"do\" has to be one of {', '.join(words)}")
        arguments = {key: value for key, value in command.items() if key != "do"}
        try:
            return words[command["do"]](**arguments)
        except (TypeError, ValueError) as error:
            raise Wrong(f"{command['do']}: {error}") from None

    def line(self, delay_ms, jitter_ms, loss):
        if not (0 <= jitter_ms <= delay_ms <= 10_000 and 0 <= loss <= 1):
            raise Wrong("0 <= jitter_ms <= delay_ms <= 10000 and 0 <= loss <= 1 are allowed")
        self.delay, self.jitter, self.loss = delay_ms / 1_000, jitter_ms / 1_000, loss
        return {}

    def host(self, name, behind=None):
        if name in self.hosts or not name or len(self.hosts) >= HOSTS_MAX:
            raise Wrong(f"\"{name}\" is there already, or empty, or there are {HOSTS_MAX} hosts")
        nat = None
        if behind is not None:
            if behind not in self.nats:
                nat = Nat(self.free(PUBLIC, self.places), self.dice)
                self.nats[behind] = self.places[nat.address] = nat
            nat = self.nats[behind]
        address = self.free(*((PRIVATE, self.inner) if nat else (PUBLIC, self.places)))
        namespace = f"{self.prefix}-{len(self.hosts)}"
        run("ip", "netns", "add", namespace)
        tun = device(namespace)
        words = socket.inet_ntoa(address)
        run(
            "ip", "-n", namespace, "-batch", "-",
            text=f"link set lo up\nlink set {DEVICE} mtu {MTU_BYTES} addrgenmode none up\n"
            f"addr add {words}/32 dev {DEVICE}\nroute add default dev {DEVICE}\n",
        )  # fmt: skip
        host = Host(name, namespace, address, tun, nat)
        self.hosts[name] = self.by_tun[tun] = host
        (self.inner if nat else self.places)[address] = host
        self.poll.register(tun, select.EPOLLIN)
        outside = socket.inet_ntoa(nat.address if nat else address)
        return {"namespace": namespace, "address": words, "outside": outside}

    @staticmethod
    def free(network, taken):
        return next(host.packed for host in network.hosts() if host.packed not in taken)

    def split(self, groups):
        unknown = {name for group in groups for name in group} - set(self.hosts)
        if unknown:
            raise Wrong(f"no such hosts: {sorted(unknown)}")
        self.groups = {name: number for number, group in enumerate(groups) for name in group}
        return {}

    def heal(self):
        self.groups = None
        return {}

    def count(self):
        return self.counts

    # Packets

    def take(self, tun):
        """Reads what a host sends and puts it on its way."""
        host = self.by_tun[tun]
        for _ in range(READS_MAX):
            try:
                data = os.read(tun, MTU_BYTES + 4)
            except BlockingIOError:
                return
            # IPv6 is not carried: what the kernel says there by itself is of no use here.
            if len(data) < 20 or data[0] >> 4 != 4:
                continue
            packet = Packet(data)
            if host.nat and not host.nat.out(packet):
                self.counts["astray"] += 1
            elif self.dice.random() < self.loss:
                self.counts["lost"] += 1
            elif len(self.waiting) >= WAITING_MAX:
                self.counts["overflow"] += 1
            else:
                self.send(host, packet)

    def send(self, host, packet):
        due = time.monotonic() + self.delay + self.dice.uniform(-self.jitter, self.jitter)
        way = (packet.source, packet.target)
        due = self.latest[way] = max(due, self.latest.get(way, 0.0))
        self.number += 1
        heapq.heappush(self.waiting, (due, self.number, host, packet))

    def deliver(self):
        """Hands out what has arrived; the seconds until the next arrives."""
        while self.waiting:
            left = self.waiting[0][0] - time.monotonic()
            if left > 0:
                return left
            _, _, source, packet = heapq.heappop(self.waiting)
            self.counts[self.arrive(source, packet)] += 1
        return None

    def arrive(self, source, packet):
        place = self.places.get(packet.target)
        if isinstance(place, Nat):
            inner = place.into(packet)
            if inner is None:
                return "kept_out"
            place = self.inner[inner]
        if place is None:
            return "astray"
        if not self.reaches(source, place):
            return "cut"
        try:
            os.write(place.tun, packet.data)
        except OSError:
            return "overflow"
        return "carried"

    def reaches(self, one, other):
        if self.groups is None:
            return True
        return one.name in self.groups and self.groups[one.name] == self.groups.get(other.name)

    def serve(self):
        """Works until standard input ends or a signal comes."""
        heard = b""
        self.poll.register(0, select.EPOLLIN)
        while True:
            left = self.deliver()
            for ready, _ in self.poll.poll(left):
                if ready != 0:
                    self.take(ready)
                    continue
                read = os.read(0, 65_536)
                if not read:
                    return
                *lines, heard = (heard + read).split(b"\n")
                for line in lines:
                    answer(self, line)


def answer(internet, line):
    try:
        said = {"ok": internet.obey(json.loads(line))}
    except (Wrong, json.JSONDecodeError, subprocess.SubprocessError, OSError) as error:
        said = {"error": str(error)}
    print(json.dumps(said), flush=True)


def sweep(prefix, alive):
    """Waits until nobody holds the other end of the pipe any more, then clears away all that was made."""
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(ending, signal.SIG_IGN)
    os.setsid()
    while os.read(alive, 1):
        pass
    end = time.monotonic() + SWEEP_SECONDS_MAX
    made = sorted(name for name in os.listdir("/run/netns") if name.startswith(f"{prefix}-"))
    for name in made:
        while time.monotonic() < end:
            # A process counts until whoever started it has taken note of its end; one look more is enough.
            inside = [int(word) for word in run("ip", "netns", "pids", name).split()]
            for process in inside:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not inside:
                break
            time.sleep(0.01)
        run("ip", "netns", "delete", name)


def main():
    arguments = argparse.ArgumentParser(description="A small internet on one machine.")
    arguments.add_argument("--seed", type=int, help="the dice fall the same way for the same packets")
    seed = arguments.parse_args().seed
    prefix = f"allmende-{os.urandom(4).hex()}"
    os.makedirs("/run/netns", exist_ok=True)
    alive, held = os.pipe()
    sweeper = os.fork()
    if sweeper == 0:
        os.close(held)
        # Whoever reads our output waits for its end, and shall not wait for the sweeper.
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        sweep(prefix, alive)
        os._exit(0)
    os.close(alive)
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit(0))
    try:
        Internet(prefix, random.Random(seed)).serve()
    except BrokenPipeError:
        pass
    finally:
        os.close(held)
        os.waitpid(sweeper, 0)


if __name__ == "__main__":
    main()
