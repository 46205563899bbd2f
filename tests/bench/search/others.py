"""Asks PostgreSQL or SQLite the queries that come as JSON on the standard input, and prints the hits as JSON.

PostgreSQL is started on a socket in a folder of its own and ended again; nothing of the machine's own is touched.
"""

import json
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from glob import glob

DEPTH = 10
WORD = re.compile(r"[^\W_]+")


def out(value):
    print(json.dumps(value, ensure_ascii=False))


def ask_sqlite(cases):
    db = sqlite3.connect(":memory:")
    try:
        for number, _ in enumerate(cases["sets"]):
            db.execute(f"create virtual table t{number} using fts5(id unindexed, title, text, tags, tokenize='unicode61')")
    except sqlite3.OperationalError as error:
        return out({"missing": f"this SQLite has no FTS5 ({error})"})
    sets = []
    for number, part in enumerate(cases["sets"]):
        rows = [(d["id"], d["title"], d["text"], d["tags"] if part["tags"] else "") for d in cases["docs"]]
        db.executemany(f"insert into t{number} values (?, ?, ?, ?)", rows)
        found = []
        for query in part["queries"]:
            match = " OR ".join(f'"{word}"' for word in WORD.findall(query))
            sql = f"select id from t{number} where t{number} match ? order by rank limit {DEPTH}"
            found.append([row[0] for row in db.execute(sql, (match,))])
        sets.append(found)
    out({"or": sets})


def quoted(text):
    return "'" + text.replace("\\", "").replace("'", "''") + "'"


def ask_postgres(cases):
    folders = sorted(glob("/usr/lib/postgresql/*/bin"))
    if not folders:
        return out({"missing": "it is not installed (scripts/setup installs it)"})
    programs = folders[-1]
    root = tempfile.mkdtemp(prefix="pg-")
    as_user = {}
    if os.geteuid() == 0:
        # PostgreSQL does not run as root; Debian's package brings a user of its own.
        user = pwd.getpwnam("postgres")
        os.chown(root, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    data = os.path.join(root, "data")
    quiet = {"stdout": subprocess.DEVNULL, "cwd": root, **as_user}
    try:
        init = [f"{programs}/initdb", "-D", data, "-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        subprocess.run(init, check=True, **quiet)
        options = f"-k {root} -c listen_addresses='' -c fsync=off"
        start = [f"{programs}/pg_ctl", "-D", data, "-w", "-s", "-o", options, "-l", f"{root}/log", "start"]
        subprocess.run(start, check=True, **quiet)
        try:
            out(ask_running(cases, programs, root, as_user))
        finally:
            stop = [f"{programs}/pg_ctl", "-D", data, "-m", "immediate", "-w", "-s", "stop"]
            subprocess.run(stop, check=True, **quiet)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def ask_running(cases, programs, root, as_user):
    sql = []
    for number, part in enumerate(cases["sets"]):
        sql.append(f"create table t{number} (id text, v tsvector);")
        for doc in cases["docs"]:
            tags = doc["tags"] if part["tags"] else ""
            sql.append(
                f"insert into t{number} values ({quoted(doc['id'])}, "
                f"setweight(to_tsvector('german', {quoted(doc['title'])}), 'A') || "
                f"to_tsvector('german', {quoted(doc['text'] + ' ' + tags)}));"
            )
        for at, query in enumerate(part["queries"]):
            words = WORD.findall(query)
            for way, ask in (
                ("and", f"plainto_tsquery('german', {quoted(query)})"),
                ("or", f"replace(plainto_tsquery('german', {quoted(' '.join(words))})::text, ' & ', ' | ')::tsquery"),
            ):
                sql.append(
                    f"select '{way} {number} {at} ' || coalesce(string_agg(id, ','), '') from "
                    f"(select id from t{number}, (select {ask} as q) asked where v @@ q "
                    f"order by ts_rank_cd(v, q, 1) desc, id limit {DEPTH}) hits;"
                )
    psql = [f"{programs}/psql", "-h", root, "-U", "bench", "-d", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(psql, input="\n".join(sql), text=True, check=True, stdout=subprocess.PIPE, cwd=root, **as_user)
    found = {way: [[[] for _ in part["queries"]] for part in cases["sets"]] for way in ("and", "or")}
    for line in done.stdout.splitlines():
        way, number, at, ids = line.split(" ", 3)
        found[way][int(number)][int(at)] = [one for one in ids.split(",") if one]
    return found


cases = json.load(sys.stdin)
{"postgres": ask_postgres, "sqlite": ask_sqlite}[sys.argv[1]](cases)
