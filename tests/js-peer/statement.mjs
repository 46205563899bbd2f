// Opens statements as crates/record/SPEC.md says, with Node's own crypto; shares no code with the Rust crate.

import { createHash, createPublicKey, verify } from 'node:crypto'

const STATEMENT_BYTES_MAX = 65536
const DEPTH_MAX = 16
const COUNTER_MAX = 2n ** 64n - 1n
const MOMENT_MAX = 253402300799n
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const LANDS = new Set('bb be bund bw by hb he hh mv ni nw rp sh sl sn st th'.split(' '))
const PROTECTED_HEAD = Buffer.concat([
  Buffer.from('a301320378', 'hex'),
  Buffer.from("'application/vnd.allmende.statement+cbor"),
  Buffer.from('045820', 'hex')
])
// Section 5: the encodings of points of small order, without the sign of x (the top bit).
const SMALL_ORDER = new Set([
  '00'.repeat(32),
  '01' + '00'.repeat(31),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ec' + 'ff'.repeat(30) + '7f',
  'ed' + 'ff'.repeat(30) + '7f',
  'ee' + 'ff'.repeat(30) + '7f'
])
// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410), up to the key.
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')
const [UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, OTHER] = [0, 1, 2, 3, 4, 5, 6, 7]

/** Why bytes are no statement of the network: one of the codes of SPEC.md. */
export class Refused extends Error {
  constructor (code) {
    super(code)
    this.code = code
  }
}

const refuse = (code) => { throw new Refused(code) }

/** Reads deterministic CBOR; numbers become BigInt, byte strings Buffer, maps Map. */
class Reader {
  constructor (data) {
    this.data = data
    this.at = 0
  }

  left () {
    return this.data.length - this.at
  }

  take (count) {
    if (count > BigInt(this.left())) refuse('cbor-truncated')
    const start = this.at
    this.at += Number(count)
    return this.data.subarray(start, this.at)
  }

  head () {
    const first = this.take(1n)[0]
    const major = first >> 5
    const info = first & 31
    if (info >= 28 && info <= 30) refuse('cbor-malformed')
    if (info === 31) refuse(major >= BYTES && major <= MAP ? 'cbor-indefinite' : 'cbor-malformed')
    const size = { 24: 1n, 25: 2n, 26: 4n, 27: 8n }[info] ?? 0n
    const argument = size === 0n ? BigInt(info) : BigInt('0x' + this.take(size).toString('hex'))
    if (major === OTHER) {
      if (size >= 2n) refuse('cbor-float')
      if (argument !== 20n && argument !== 21n) refuse('cbor-simple')
    }
    const least = { 1: 24n, 2: 2n ** 8n, 4: 2n ** 16n, 8: 2n ** 32n }[size] ?? 0n
    if (argument < least) refuse('cbor-not-shortest')
    return [major, argument]
  }

  expect (major, argument) {
    const [gotMajor, gotArgument] = this.head()
    if (gotMajor !== major || gotArgument !== argument) refuse('envelope')
  }

  bytes () {
    const [major, argument] = this.head()
    return major === BYTES ? this.take(argument) : refuse('cbor-unexpected')
  }

  text (length) {
    const raw = this.take(length)
    let text
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
    } catch {
      refuse('cbor-not-utf8')
    }
    return text.normalize('NFC') === text ? text : refuse('cbor-not-nfc')
  }

  end () {
    if (this.left() > 0) refuse('cbor-trailing')
  }

  value (depth = 1) {
    const [major, argument] = this.head()
    switch (major) {
      case UINT: return argument
      case NINT: return -1n - argument
      case BYTES: return this.take(argument)
      case TEXT: return this.text(argument)
      case TAG: return refuse('cbor-tag')
      case OTHER: return argument === 21n
    }
    if (depth > DEPTH_MAX) refuse('cbor-too-deep')
    if (argument > BigInt(this.left())) refuse('cbor-truncated')
    return major === ARRAY ? this.list(argument, depth) : this.map(argument, depth)
  }

  list (count, depth) {
    const items = []
    for (let n = 0n; n < count; n++) items.push(this.value(depth + 1))
    return items
  }

  map (count, depth) {
    const map = new Map()
    let last
    for (let n = 0n; n < count; n++) {
      const start = this.at
      const [major, argument] = this.head()
      if (major !== TEXT) refuse('cbor-key-not-text')
      const key = this.text(argument)
      const encoded = this.data.subarray(start, this.at)
      const order = last === undefined ? -1 : Buffer.compare(last, encoded)
      if (order === 0) refuse('cbor-duplicate-key')
      if (order > 0) refuse('cbor-unsorted')
      last = encoded
      map.set(key, this.value(depth + 1))
    }
    return map
  }
}

function head (major, argument) {
  if (argument < 24) return Buffer.from([major << 5 | argument])
  if (argument < 0x100) return Buffer.from([major << 5 | 24, argument])
  if (argument < 0x10000) return Buffer.from([major << 5 | 25, argument >> 8, argument & 0xff])
  const long = Buffer.from([major << 5 | 26, 0, 0, 0, 0])
  long.writeUInt32BE(argument, 1)
  return long
}

const byteString = (contents) => [head(BYTES, contents.length), contents]

function sigStructure (protectedHeader, network, payload) {
  const context = Buffer.from('Signature1')
  const aad = Buffer.from(`allmende/1\0${network}`)
  return Buffer.concat([
    head(ARRAY, 4), head(TEXT, context.length), context,
    ...byteString(protectedHeader), ...byteString(aad), ...byteString(payload)
  ])
}

function hasSmallOrder (point) {
  const unsigned = Buffer.from(point)
  unsigned[31] &= 0x7f
  return SMALL_ORDER.has(unsigned.toString('hex'))
}

function holds (key, signature, message) {
  const s = BigInt('0x' + Buffer.from(signature.subarray(32)).reverse().toString('hex'))
  if (s >= ORDER || hasSmallOrder(key) || hasSmallOrder(signature.subarray(0, 32))) return false
  try {
    const spki = createPublicKey({ key: Buffer.concat([SPKI_HEAD, key]), format: 'der', type: 'spki' })
    return verify(null, message, spki, signature)
  } catch {
    return false
  }
}

function checkPublisher (name) {
  const labels = name.split('.')
  const fits = Buffer.byteLength(name) <= 96 && labels.length <= 4 && LANDS.has(labels[0]) &&
    labels.every((label) => /^[a-z0-9-]{1,32}$/.test(label))
  if (!fits) refuse('payload-publisher')
}

function checkCode (code) {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(code)) refuse('payload-code')
}

/** Checks the payload's fields in the order of SPEC.md, section Refusals. */
function checkContent (content) {
  if (!(content instanceof Map)) refuse('payload-not-map')
  const fields = new Map(content)
  const take = (key, fits) => {
    if (!fields.has(key)) refuse('payload-missing')
    const value = fields.get(key)
    fields.delete(key)
    return fits(value) ? value : refuse('payload-field')
  }
  const isText = (value) => typeof value === 'string'
  const isCounter = (highest) => (value) => typeof value === 'bigint' && value >= 1n && value <= highest
  checkPublisher(take('publisher', isText))
  take('record', (value) => Buffer.isBuffer(value) && value.length === 16)
  checkCode(take('kind', isText))
  for (const key of ['schema', 'epoch', 'version']) take(key, isCounter(COUNTER_MAX))
  take('issued', isCounter(MOMENT_MAX))
  if (fields.has('body') === fields.has('retracted')) refuse('payload-said')
  if (fields.has('body')) take('body', (value) => value instanceof Map)
  else checkCode(take('retracted', isText))
  if (fields.size > 0) refuse('payload-unknown')
}

/** The first 20 bytes of SHA-256: the gossip message id of a statement's bytes. */
export const messageId = (data) => createHash('sha256').update(data).digest().subarray(0, 20)

/** What a statement of the network says; throws Refused. */
export function openStatement (bytes, network) {
  const data = Buffer.from(bytes)
  if (data.length > STATEMENT_BYTES_MAX) refuse('oversize')
  const reader = new Reader(data)
  reader.expect(TAG, 18n)
  reader.expect(ARRAY, 4n)
  const protectedHeader = reader.bytes()
  reader.expect(MAP, 0n)
  const payload = reader.bytes()
  const signature = reader.bytes()
  if (signature.length !== 64) refuse('envelope')
  reader.end()
  const key = protectedHeader.subarray(PROTECTED_HEAD.length)
  if (!protectedHeader.subarray(0, PROTECTED_HEAD.length).equals(PROTECTED_HEAD) || key.length !== 32) refuse('header')
  const inner = new Reader(payload)
  const content = inner.value()
  inner.end()
  checkContent(content)
  const message = sigStructure(protectedHeader, network, payload)
  if (!holds(key, signature, message)) refuse('signature')
  return { key, id: createHash('sha256').update(message).digest(), messageId: messageId(data), content }
}

/** A decoded value in the JSON form of the vectors. */
function plain (value) {
  if (typeof value === 'bigint') return value < -(2n ** 63n) ? value.toString() : value
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
  return value
}

/** What an opened statement says, in the JSON form of the vectors. */
export function said ({ key, id, messageId, content }) {
  const record = content.get('record').toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  return {
    key: key.toString('hex'),
    id: id.toString('hex'),
    message_id: messageId.toString('hex'),
    payload: { ...plain(content), record }
  }
}

/** JSON of values with BigInt in them: whole numbers of any size, as RFC 8259 allows. */
export function toJson (value) {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`).join(',')}}`
  }
  return JSON.stringify(value)
}
