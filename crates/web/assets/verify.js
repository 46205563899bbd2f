// Checks a signed file in the browser itself, so that nobody has to trust the node: COSE_Sign1 (RFC 9052) with Ed25519.
// Reads exactly the few shapes of CBOR that the envelope has; the payload stays closed bytes.
const form = document.getElementById("verify");
const told = document.getElementById("told");
const TAG_SIGN1 = 0xd2;

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  head() {
    const first = this.bytes[this.at++];
    const short = first & 0x1f;
    if (first === undefined || short > 26) throw new Error("form");
    let length = short;
    const more = { 24: 1, 25: 2, 26: 4 }[short] ?? 0;
    if (more > 0) {
      length = 0;
      for (let n = 0; n < more; n += 1) length = length * 256 + this.bytes[this.at++];
    }
    return [first >> 5, length];
  }

  text() {
    const [sort, length] = this.head();
    if (sort !== 2 || this.at + length > this.bytes.length) throw new Error("form");
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }
}

/** A byte string with its head (RFC 8949, section 3). */
function wrapped(sort, bytes) {
  const { length } = bytes;
  const head = length < 24 ? [length] : length < 256 ? [24, length] : length < 65536 ? [25, length >> 8, length & 255] : [26, length >> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255];
  head[0] |= sort << 5;
  return [...head, ...bytes];
}

function envelope(bytes) {
  const reader = new Reader(bytes);
  if (reader.bytes[reader.at++] !== TAG_SIGN1) throw new Error("form");
  const [sort, length] = reader.head();
  if (sort !== 4 || length !== 4) throw new Error("form");
  const head = reader.text();
  const [map, entries] = reader.head();
  if (map !== 5 || entries !== 0) throw new Error("form");
  const payload = reader.text();
  const signature = reader.text();
  if (reader.at !== bytes.length || signature.length !== 64) throw new Error("form");
  // The public key is the 32 bytes behind label 4 (kid), the last of the protected header.
  const key = head.slice(-32);
  if (head.length < 35 || head[head.length - 35] !== 4 || head[head.length - 34] !== 0x58 || head[head.length - 33] !== 32) throw new Error("form");
  return { head, payload, signature, key };
}

async function verify(bytes, network) {
  const { head, payload, signature, key } = envelope(bytes);
  const encoder = new TextEncoder();
  const outside = encoder.encode(`allmende/1\0${network}`);
  const signed = new Uint8Array([0x84, ...wrapped(3, encoder.encode("Signature1")), ...wrapped(2, head), ...wrapped(2, outside), ...wrapped(2, payload)]);
  const known = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  const holds = await crypto.subtle.verify("Ed25519", known, signature, signed);
  return [holds, [...key].map((byte) => byte.toString(16).padStart(2, "0")).join("")];
}

async function given() {
  const file = document.getElementById("file").files[0];
  if (file) return new Uint8Array(await file.arrayBuffer());
  const text = document.getElementById("text").value.replace(/\s+/g, "");
  if (/^([0-9a-f]{2})+$/i.test(text)) return new Uint8Array(text.match(/../g).map((pair) => parseInt(pair, 16)));
  const base = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(base, (letter) => letter.charCodeAt(0));
}

async function check() {
  let words = told.dataset.form;
  let good = false;
  try {
    const [holds, key] = await verify(await given(), form.dataset.network);
    good = holds;
    words = holds ? told.dataset.good.replace("{key}", key) : told.dataset.bad;
  } catch (error) {
    if (error.name === "NotSupportedError" || !globalThis.crypto?.subtle) words = told.dataset.old;
  }
  told.textContent = words;
  told.className = `verdict ${good ? "verdict-good" : "verdict-bad"}`;
}

const button = document.getElementById("here");
if (button) {
  document.getElementById("browser").hidden = false;
  button.addEventListener("click", check);
}
