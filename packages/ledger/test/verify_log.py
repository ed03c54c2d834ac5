"""Checks a log's proofs with nothing but Python's standard library: shares no code with the package.

Reads one JSON document from stdin:
  {"entries": [text], "checkpoint": note, "inclusion": [{"index", "proof"}], "consistency": [{"from", "to", "proof"}],
   "vkey": text, "tiles": {"<level>/<index>/<width>": base64}, "payload": base64, "bundle": text}
Prints one JSON document of what was checked; exits 1 with a message on the first thing that does not hold.
Signatures are left to openssl.
"""
import base64
import hashlib
import json
import sys


def sha(data):
    return hashlib.sha256(data).digest()


def leaf(data):
    return sha(b"\x00" + data)


def mth(hashes):
    """RFC 6962 section 2.1, word for word."""
    if not hashes:
        return sha(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha(b"\x01" + mth(hashes[:k]) + mth(hashes[k:]))


def path(m, hashes):
    """RFC 6962 section 2.1.1."""
    if len(hashes) <= 1:
        return []
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if m < k:
        return path(m, hashes[:k]) + [mth(hashes[k:])]
    return path(m - k, hashes[k:]) + [mth(hashes[:k])]


def subproof(m, hashes, whole):
    """RFC 6962 section 2.1.2."""
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    if m <= k:
        return subproof(m, hashes[:k], whole) + [mth(hashes[k:])]
    return subproof(m - k, hashes[k:], False) + [mth(hashes[:k])]


def hold(condition, what):
    if not condition:
        sys.exit("does not hold: " + what)


def no_duplicates(pairs):
    hold(len(dict(pairs)) == len(pairs), "unique keys")
    return dict(pairs)


given = json.load(sys.stdin)
leaves = [leaf(entry.encode()) for entry in given["entries"]]

text, _, signatures = given["checkpoint"].rpartition("\n\n")
origin, size, root = text.split("\n")
size, root = int(size), base64.b64decode(root, validate=True)
hold(size == len(leaves), "checkpoint size")
hold(root == mth(leaves), "checkpoint root")

name, key_id, key = given["vkey"].split("+", 2)
key = base64.b64decode(key, validate=True)
hold(name == origin and key[0] == 1 and len(key) == 33, "verifier key")
hold(sha(name.encode() + b"\n" + key)[:4].hex() == key_id, "verifier key id")
dash, signer, signature = signatures.rstrip("\n").split(" ")
hold(dash == "\u2014" and signer == name, "signature line")
hold(base64.b64decode(signature, validate=True)[:4].hex() == key_id, "signature key id")

for claim in given["inclusion"]:
    hold([base64.b64decode(h) for h in claim["proof"]] == path(claim["index"], leaves), "inclusion proof")
for claim in given["consistency"]:
    expected = [] if claim["from"] == 0 else subproof(claim["from"], leaves[: claim["to"]], True)
    hold([base64.b64decode(h) for h in claim["proof"]] == expected, "consistency proof")
for name, tile in given["tiles"].items():
    level, index, width = (int(part) for part in name.split("/"))
    span = 256**level
    expected = [mth(leaves[(index * 256 + i) * span : (index * 256 + i + 1) * span]) for i in range(width)]
    hold(base64.b64decode(tile) == b"".join(expected), "tile " + name)

bundle = json.loads(given["bundle"], object_pairs_hook=no_duplicates)
payload = base64.b64decode(bundle["envelope"]["payload"], validate=True)
statement = json.loads(payload, object_pairs_hook=no_duplicates)
receipt = statement["predicate"]
hold(statement["_type"] == "https://in-toto.io/Statement/v1", "statement type")
# For text and integers JCS is what Python writes with sorted keys and no spaces. Keys here are ASCII.
canonical = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
hold(canonical == payload, "canonical payload")

entry = json.loads(given["entries"][bundle["receipt"]["index"]])
hold(base64.b64decode(entry["h"]) == sha(payload) and entry["k"] == "receipt", "receipt entry")
for role, extra in (("cp", {}), ("sa", {"agent": receipt["agent"]["id"]})):
    key = bundle["keys"][role]
    announcement = {"jwk": key["jwk"], "log": origin, "op": "issue", "role": role, "v": 1, **extra}
    content = json.dumps(announcement, sort_keys=True, separators=(",", ":")).encode()
    jwk = json.dumps(key["jwk"], sort_keys=True, separators=(",", ":")).encode()
    thumbprint = base64.urlsafe_b64encode(sha(jwk)).decode().rstrip("=")
    entry = json.loads(given["entries"][key["index"]])
    hold(base64.b64decode(entry["h"]) == sha(content), role + " key entry")
    hold(entry["s"] == role + ":" + thumbprint and entry["k"] == "key", role + " key id")

events = []
for item in bundle["events"]:
    text = json.dumps(item["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    events.append(leaf(base64.b64decode(item["salt"]) + text.encode()))
hold(len(events) == receipt["events"]["n"], "number of events")
hold(base64.b64encode(mth(events)).decode() == receipt["events"]["root"], "event root")

print(json.dumps({"size": size, "inclusion": len(given["inclusion"]), "consistency": len(given["consistency"]),
                  "tiles": len(given["tiles"]), "events": len(events)}))
