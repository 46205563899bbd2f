"""Checks golden vectors or single statements with the second implementation.

    verify.py vectors FOLDER        every file in FOLDER/good and FOLDER/bad
    verify.py open NETWORK FILE..   prints one JSON line a file: what it says, or why it is refused
"""

import json
import pathlib
import sys
import uuid

import statement


def plain(value):
    """A decoded value in the JSON form of the vectors."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, int) and value < -(2**63):
        return str(value)
    return value


def said(opened):
    """What a statement says, in the JSON form of the vectors."""
    content = dict(opened["content"])
    record = str(uuid.UUID(bytes=content.pop("record")))
    return {
        "key": opened["key"].hex(),
        "id": opened["id"].hex(),
        "message_id": opened["message_id"].hex(),
        "payload": plain(content) | {"record": record},
    }


def verdict(data, network):
    """What opening gives: the statement or the code of the refusal."""
    try:
        return said(statement.open_statement(data, network))
    except statement.Refused as refused:
        return {"code": refused.code}


def complaints(vector):
    """What is wrong with a vector, in sentences; nothing if all is well."""
    data, network = bytes.fromhex(vector["hex"]), vector["network"]
    got = verdict(data, network)
    expected = {key: vector[key] for key in ("key", "id", "message_id", "payload", "code") if key in vector}
    if got != expected:
        yield f"opening gives {json.dumps(got)[:400]}, expected is {json.dumps(expected)[:400]}"
    if "code" in got:
        return
    content = statement.open_statement(data, network)["content"]
    if "seed" in vector and statement.seal(content, bytes.fromhex(vector["seed"]), network) != data:
        yield "signing the same content again gives other bytes"
    if content["kind"] == "attestation":
        body = content["body"]
        if content["record"] != statement.attestation_record(body["subject"], body["epoch"]):
            yield "the record id does not follow from subject and epoch"


def check_vectors(folder):
    counts, failures = {}, []
    for part in ("good", "bad"):
        for path in sorted((folder / part).glob("*.json")):
            vector = json.loads(path.read_text(encoding="utf-8"))
            if (part == "bad") != ("code" in vector):
                failures.append(f"{part}/{path.name}: a bad vector has a code, a good one has none")
            failures += [f"{part}/{path.name}: {complaint}" for complaint in complaints(vector)]
            counts[part] = counts.get(part, 0) + 1
    for failure in failures:
        print(failure)
    print(json.dumps({"good": counts.get("good", 0), "bad": counts.get("bad", 0), "failures": len(failures)}))
    return 1 if failures or len(counts) < 2 else 0


def open_files(network, paths):
    verdicts = [verdict(pathlib.Path(path).read_bytes(), network) for path in paths]
    for one in verdicts:
        print(json.dumps(one))
    return 1 if any("code" in one for one in verdicts) else 0


def main(args):
    match args:
        case ["vectors", folder]:
            return check_vectors(pathlib.Path(folder))
        case ["open", network, *paths] if paths:
            return open_files(network, paths)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
