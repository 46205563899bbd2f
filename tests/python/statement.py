"""Opens statements as crates/record/SPEC.md says; shares no code with the Rust crate."""

import hashlib
import re
import unicodedata

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

STATEMENT_BYTES_MAX = 65536
DEPTH_MAX = 16
COUNTER_MAX = 2**64 - 1
MOMENT_MAX = 253402300799
PROTECTED_HEAD = b"\xa3\x01\x32\x03\x78\x27application/vnd.allmende.statement+cbor\x04\x58\x20"
LANDS = set("bb be bund bw by hb he hh mv ni nw rp sh sl sn st th".split())
LABEL = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
CODE = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
ORDER = 2**252 + 27742317777372353535851937790883648493

# Section 5: the 14 encodings of points of small order, written as y with the sign of x in the top bit.
PRIME = 2**255 - 19
EIGHTH = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ORDER = {
    (y | sign << 255).to_bytes(32, "little")
    for y in (0, 1, PRIME - 1, PRIME, PRIME + 1, EIGHTH, PRIME - EIGHTH)
    for sign in (0, 1)
}

UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, OTHER = range(8)


class Refused(Exception):
    """Why bytes are no statement of the network: one of the codes of SPEC.md."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Reader:
    """Walks over CBOR and stops at the first byte that is not deterministic."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left():
            raise Refused("cbor-truncated")
        self.at += count
        return self.data[self.at - count : self.at]

    def head(self):
        """The major type and the argument of the next item."""
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if 28 <= info <= 30:
            raise Refused("cbor-malformed")
        if info == 31:
            if BYTES <= major <= MAP:
                raise Refused("cbor-indefinite")
            raise Refused("cbor-malformed")
        size = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
        argument = int.from_bytes(self.take(size), "big") if size else info
        if major == OTHER:
            if size >= 2:
                raise Refused("cbor-float")
            if argument not in (20, 21):
                raise Refused("cbor-simple")
        if size and argument < {1: 24, 2: 2**8, 4: 2**16, 8: 2**32}[size]:
            raise Refused("cbor-not-shortest")
        return major, argument

    def bytes(self):
        major, argument = self.head()
        if major != BYTES:
            raise Refused("cbor-unexpected")
        return self.take(argument)

    def text(self, length):
        try:
            text = self.take(length).decode("utf-8", errors="strict")
        except UnicodeDecodeError:
            raise Refused("cbor-not-utf8") from None
        if not unicodedata.is_normalized("NFC", text):
            raise Refused("cbor-not-nfc")
        return text

    def end(self):
        if self.left():
            raise Refused("cbor-trailing")

    def value(self, depth=1):
        major, argument = self.head()
        if major == BYTES:
            self.take(argument)
        elif major == TEXT:
            self.text(argument)
        elif major == TAG:
            raise Refused("cbor-tag")
        elif major in (ARRAY, MAP):
            if depth > DEPTH_MAX:
                raise Refused("cbor-too-deep")
            if argument > self.left():
                raise Refused("cbor-truncated")
            last = None
            for _ in range(argument):
                if major == MAP:
                    last = self.key(last)
                self.value(depth + 1)

    def key(self, last):
        start = self.at
        major, argument = self.head()
        if major != TEXT:
            raise Refused("cbor-key-not-text")
        self.text(argument)
        key = self.data[start : self.at]
        if last is not None and key == last:
            raise Refused("cbor-duplicate-key")
        if last is not None and key < last:
            raise Refused("cbor-unsorted")
        return key


def parts(data):
    """The protected header, the payload and the signature of an envelope."""
    reader = Reader(data)
    for expected in ((TAG, 18), (ARRAY, 4)):
        if reader.head() != expected:
            raise Refused("envelope")
    protected = reader.bytes()
    if reader.head() != (MAP, 0):
        raise Refused("envelope")
    payload = reader.bytes()
    signature = reader.bytes()
    if len(signature) != 64:
        raise Refused("envelope")
    reader.end()
    return protected, payload, signature


def sig_structure(protected, network, payload):
    aad = b"allmende/1\x00" + network.encode("ascii")
    return cbor2.dumps(["Signature1", protected, aad, payload])


def holds(key, signature, message):
    if int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    if key in SMALL_ORDER or signature[:32] in SMALL_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_publisher(name):
    labels = name.split(".")
    if len(name.encode()) > 96 or len(labels) > 4 or labels[0] not in LANDS:
        raise Refused("payload-publisher")
    if not all(LABEL.fullmatch(label) for label in labels):
        raise Refused("payload-publisher")


def check_code(code):
    if not CODE.fullmatch(code):
        raise Refused("payload-code")


def check_content(content):
    """Checks the fields in the order of section Refusals."""
    if not isinstance(content, dict):
        raise Refused("payload-not-map")
    fields = dict(content)

    def take(key, kind):
        if key not in fields:
            raise Refused("payload-missing")
        value = fields.pop(key)
        # In Python a truth value is a number; in the format it is none.
        if type(value) is not kind:
            raise Refused("payload-field")
        return value

    check_publisher(take("publisher", str))
    if len(take("record", bytes)) != 16:
        raise Refused("payload-field")
    check_code(take("kind", str))
    for key, highest in (
        ("schema", COUNTER_MAX),
        ("epoch", COUNTER_MAX),
        ("version", COUNTER_MAX),
        ("issued", MOMENT_MAX),
    ):
        if not 1 <= take(key, int) <= highest:
            raise Refused("payload-field")
    if ("body" in fields) == ("retracted" in fields):
        raise Refused("payload-said")
    if "body" in fields:
        take("body", dict)
    else:
        check_code(take("retracted", str))
    if fields:
        raise Refused("payload-unknown")


def open_statement(data, network):
    """What a statement says: a dict with key, id, message_id, payload (bytes) and content."""
    if len(data) > STATEMENT_BYTES_MAX:
        raise Refused("oversize")
    protected, payload, signature = parts(data)
    key = protected[len(PROTECTED_HEAD) :]
    if not protected.startswith(PROTECTED_HEAD) or len(key) != 32:
        raise Refused("header")
    reader = Reader(payload)
    reader.value()
    reader.end()
    content = cbor2.loads(payload)
    # A second opinion on the walk above: a library that knows nothing of it writes the same bytes.
    if cbor2.dumps(content, canonical=True) != payload:
        raise AssertionError("cbor2 encodes the payload in another way")
    check_content(content)
    message = sig_structure(protected, network, payload)
    if not holds(key, signature, message):
        raise Refused("signature")
    return {
        "key": key,
        "id": hashlib.sha256(message).digest(),
        "message_id": hashlib.sha256(data).digest()[:20],
        "payload": payload,
        "content": content,
    }


def seal(content, seed, network):
    """Signs a content; the bytes are the same wherever and whenever it is done."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    protected = PROTECTED_HEAD + key.public_key().public_bytes_raw()
    payload = cbor2.dumps(content, canonical=True)
    signature = key.sign(sig_structure(protected, network, payload))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))


def attestation_record(subject, epoch):
    """The record id that follows from subject and epoch (section 7)."""
    return hashlib.sha256(b"attestation" + subject.encode() + epoch.to_bytes(8, "big")).digest()[:16]
