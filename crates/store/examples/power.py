#!/usr/bin/env python3
"""Cuts the power of a store, on paper: records what its writer tells the kernel, and builds the disk as it
may stand after a cut at a random moment. What was not brought to the disk by then is there, gone, or half
there. The store made so is opened and held against what was acknowledged before the cut.

    cargo build --release -p allmende-store --example crash
    crates/store/examples/power.py target/release/examples/crash --cuts 300
    crates/store/examples/power.py target/release/examples/crash --cuts 60 --without-fsync   # must fail

Needs strace. The model: a file keeps what it had at its last fsync or fdatasync; of later writes each may be
lost, kept, or kept by pages. Names (rename, unlink, mkdir, new files) reach the disk with the fsync of any
file or folder, in order; of later ones a beginning is kept. sync_file_range promises nothing.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

PAGE = 4096
CALLS = "openat,open,creat,close,pwrite64,write,ftruncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,dup,fcntl"
LINE = re.compile(r"^(?:\d+\s+)?(\w+)\((.*)\)\s+=\s+(-?\d+)(?:<(.*?)>)?")


def unhex(text):
    return bytes(int(part, 16) for part in text.split("\\x")[1:])


def record(program, store, seed, rounds, log):
    subprocess.run(
        ["strace", "-f", "-y", "-xx", "-s", "20000000", "-o", log, "-e", "trace=" + CALLS,
         program, "write", store, str(seed), str(rounds)],
        check=True, stdout=subprocess.DEVNULL)


def strings(args):
    return [unhex(text) for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', args)]


def place(args):
    found = re.match(r"-?\w+<((?:\\x[0-9a-f]{2})*|[^>]*)>", args)
    return named(found.group(1)) if found else None


def named(text):
    name = unhex(text).decode() if text.startswith("\\x") else text
    return name.removesuffix(" (deleted)").removesuffix("(deleted)")


def events(log, store):
    """What the writer did below the store, in order; and what it acknowledged, and when."""
    unfinished, found, at = {}, [], {}
    for line in open(log, errors="replace"):
        pid = line.split(" ", 1)[0]
        if "<unfinished ...>" in line:
            unfinished[pid] = line.split("<unfinished ...>")[0].rstrip()
            continue
        resumed = re.match(r"^\d+\s+<\.\.\. (\w+) resumed>(.*)", line)
        if resumed:
            line = unfinished.pop(pid, "") + resumed.group(2)
        parsed = LINE.match(line)
        if not parsed or int(parsed.group(3)) < 0:
            continue
        call, args, result = parsed.group(1), parsed.group(2), int(parsed.group(3))
        path = place(args)
        inside = path is not None and path.startswith(store)
        if call in ("open", "openat", "creat"):
            target = named(parsed.group(4)) if parsed.group(4) else ""
            if target.startswith(store) and "O_DIRECTORY" not in args:
                if "O_CREAT" in args or call == "creat":
                    found.append(("create", target))
                if "O_TRUNC" in args:
                    found.append(("truncate", target, 0))
                at[target] = 0
        elif call == "pwrite64" and inside:
            offset = int(args.rsplit(",", 1)[1])
            found.append(("write", path, offset, strings(args)[0][:result]))
        elif call == "write" and inside:
            data = strings(args)[0][:result]
            found.append(("write", path, at.get(path, 0), data))
            at[path] = at.get(path, 0) + len(data)
        elif call == "write" and args.startswith("1<"):
            for number in re.findall(rb"acknowledged (\d+)", strings(args)[0]):
                found.append(("acknowledged", int(number)))
        elif call == "ftruncate" and inside:
            found.append(("truncate", path, int(args.rsplit(",", 1)[1])))
        elif call in ("fsync", "fdatasync") and inside:
            found.append((call, path))
        elif call.startswith("rename"):
            old, new = (name.decode() for name in strings(re.sub(r"<[^>]*>", "", args))[-2:])
            if old.startswith(store):
                found.append(("rename", old, new))
        elif call in ("unlink", "unlinkat", "rmdir"):
            name = strings(re.sub(r"<[^>]*>", "", args))[-1].decode()
            if not name.startswith("/") and path:
                name = os.path.join(path, name)
            if name.startswith(store):
                found.append(("unlink", name))
        elif call in ("mkdir", "mkdirat"):
            name = strings(re.sub(r"<[^>]*>", "", args))[-1].decode()
            if name.startswith(store):
                found.append(("mkdir", name))
    return found


class Disk:
    """Names point to files; a file has what is on the disk, and the writes since."""

    def __init__(self, is_file_synced):
        self.names, self.pending_names, self.now = {}, [], {}
        self.is_file_synced = is_file_synced

    def file(self, path):
        return self.now.setdefault(path, {"disk": bytearray(), "since": []})

    def take(self, event):
        kind, path = event[0], event[1]
        if kind in ("write", "truncate"):
            self.file(path)["since"].append(event)
        elif kind == "create":
            if path not in self.now:
                self.pending_names.append(("link", path, self.file(path)))
        elif kind == "rename":
            moved = self.now.pop(path)
            self.now[event[2]] = moved
            self.pending_names += [("unlink", path), ("link", event[2], moved)]
        elif kind == "unlink":
            self.now.pop(path, None)
            self.pending_names.append(("unlink", path))
        elif kind in ("fsync", "fdatasync") and self.is_file_synced(path):
            if path in self.now:
                file = self.now[path]
                for write in file["since"]:
                    apply(file["disk"], write)
                file["since"] = []
            for name in self.pending_names:
                rename(self.names, name)
            self.pending_names = []

    def cut(self, dice, mood):
        """The files as they may stand."""
        names = dict(self.names)
        for name in self.pending_names[:dice.randint(0, len(self.pending_names))]:
            rename(names, name)
        files = {}
        for path, file in names.items():
            data = bytearray(file["disk"])
            for write in file["since"]:
                if write[0] == "truncate":
                    if dice.random() < mood:
                        apply(data, write)
                elif dice.random() < 0.5:
                    if dice.random() < mood:
                        apply(data, write)
                else:
                    for start in range(0, len(write[3]), PAGE):
                        if dice.random() < mood:
                            apply(data, ("write", path, write[2] + start, write[3][start:start + PAGE]))
            files[path] = bytes(data)
        return files


def apply(data, write):
    if write[0] == "truncate":
        del data[write[2]:]
        data.extend(bytes(write[2] - len(data)))
    else:
        end = write[2] + len(write[3])
        data.extend(bytes(max(0, end - len(data))))
        data[write[2]:end] = write[3]


def rename(names, name):
    if name[0] == "link":
        names[name[1]] = name[2]
    else:
        names.pop(name[1], None)


def say(text):
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--cuts", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-fsync", action="store_true", help="take the log's own fsync for nothing")
    parser.add_argument("--keep", help="a folder for the stores that failed, as they were after the cut")
    options = parser.parse_args()
    dice = random.Random(options.seed)
    root = tempfile.mkdtemp(prefix="power-", dir=".")
    store, log = os.path.abspath(os.path.join(root, "store")), os.path.join(root, "strace")
    record(os.path.abspath(options.program), store, options.seed, options.rounds, log)
    found = events(log, store)
    syncs = sum(event[0] in ("fsync", "fdatasync") for event in found)
    say(f"{len(found)} events, {syncs} of them fsync or fdatasync")
    synced = (lambda path: not path.endswith(".log")) if options.without_fsync else (lambda path: True)
    failures = mended = 0
    for cut, moment in enumerate(sorted(dice.randrange(1, len(found) + 1) for _ in range(options.cuts))):
        disk, acknowledged = Disk(synced), 0
        for event in found[:moment]:
            if event[0] == "acknowledged":
                acknowledged = event[1]
            elif event[0] != "mkdir":
                disk.take(event)
        after = os.path.join(root, "after")
        shutil.rmtree(after, ignore_errors=True)
        os.makedirs(after)
        for path, data in disk.cut(dice, dice.choice([0.0, 0.5, 0.9, 1.0])).items():
            if path.endswith("/RUNNING"):
                data = b"another start of the machine\n"
            target = os.path.join(after, os.path.relpath(path, store))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            open(target, "wb").write(data)
        judged = subprocess.run([options.program, "judge", after, str(options.seed), str(acknowledged)],
                                capture_output=True, text=True)
        mended += "made anew" in judged.stdout
        if judged.returncode:
            failures += 1
            if options.keep:
                kept = os.path.join(options.keep, f"{options.seed}-{cut}")
                shutil.copytree(after, kept)
                with open(kept + ".events", "w") as out:
                    out.writelines(f"{at} {tuple(len(x) if isinstance(x, bytes) else x for x in event)}\n"
                                   for at, event in enumerate(found[:moment]))
            if failures <= 5:
                say(f"cut {cut} after event {moment}: {(judged.stderr.strip().splitlines() or ['?'])[-1]}")
    say(f"{options.cuts} cuts, {failures} failures, the index made anew {mended} times")
    shutil.rmtree(root)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
