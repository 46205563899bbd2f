// An independent peer: joins a network's topic with js-libp2p, verifies what it hears, sends what it is given.
//
//   node peer.mjs --network NAME [--dial MULTIADDR].. [--listen MULTIADDR].. [--send FILE].. [--hear N] [--seconds N]
//
// It prints one JSON object a line, told apart by "event": listening, connected, identified, subscribed, heard,
// refused, sent, disconnected, failed, ended. On standard input it takes lines "send FILE" and "end". It ends when it
// has heard N statements and sent all files, when standard input closes, or after so many seconds (60).

import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Refused, messageId, openStatement, said, toJson } from './statement.mjs'

// js-libp2p calls it; Node has it from version 22 on.
Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new Promise((...both) => { [resolve, reject] = both })
  return { promise, resolve, reject }
}

const { createLibp2p } = await import('libp2p')
const { gossipsub, StrictNoSign, TopicValidatorResult } = await import('@libp2p/gossipsub')
const { identify } = await import('@libp2p/identify')
const { noise } = await import('@libp2p/noise')
const { ping } = await import('@libp2p/ping')
const { tcp } = await import('@libp2p/tcp')
const { yamux } = await import('@libp2p/yamux')
const { multiaddr } = await import('@multiformats/multiaddr')

const SECONDS_MAX = 600
const DIAL_MILLISECONDS_MAX = 10_000
const CLOSE_MILLISECONDS_MAX = 2_000
const TRANSMIT_BYTES_MAX = 256 * 1024

function options () {
  const many = { type: 'string', multiple: true, default: [] }
  const { values } = parseArgs({
    options: {
      network: { type: 'string' },
      dial: many,
      listen: many,
      send: many,
      hear: { type: 'string' },
      seconds: { type: 'string', default: '60' }
    }
  })
  const whole = (name, highest) => {
    const number = Number(values[name])
    if (!Number.isInteger(number) || number < 1 || number > highest) {
      throw new Error(`--${name} wants a whole number from 1 to ${highest}, not "${values[name]}"`)
    }
    return number
  }
  if (!/^[a-z0-9.-]{1,64}$/.test(values.network ?? '')) throw new Error('--network wants the name of a network')
  if (values.dial.length + values.listen.length === 0) throw new Error('--dial or --listen wants a multiaddr')
  const hear = values.hear === undefined ? Infinity : whole('hear', 1_000_000)
  return { ...values, hear, seconds: whole('seconds', SECONDS_MAX) }
}

const print = (event, fields = {}) => process.stdout.write(toJson({ event, ...fields }) + '\n')

/** Identify as the network's nodes do: js-libp2p knows only a prefix for the version. */
const identifyAs = (protocolVersion) => (components) => {
  const service = identify()(components)
  service.host.protocolVersion = protocolVersion
  return service
}

function newPeer (topic, listen) {
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    nodeInfo: { userAgent: 'allmende-js-peer/0.1.0' },
    services: {
      identify: identifyAs(topic),
      ping: ping(),
      pubsub: gossipsub({
        globalSignaturePolicy: StrictNoSign,
        fallbackToFloodsub: false,
        msgIdFn: ({ data }) => messageId(data),
        allowPublishToZeroTopicPeers: false,
        ignoreDuplicatePublishError: true,
        maxInboundDataLength: TRANSMIT_BYTES_MAX,
        emitSelf: false
      })
    }
  })
}

/** Judges and prints a message; what is no statement of the network is not passed on. */
function judge (bytes, network, from) {
  try {
    print('heard', { from, bytes: bytes.length, ...said(openStatement(bytes, network)) })
    return TopicValidatorResult.Accept
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    print('refused', { from, bytes: bytes.length, code: error.code })
    return TopicValidatorResult.Reject
  }
}

async function main () {
  const { network, dial, listen, send, hear, seconds } = options()
  const topic = `/allmende/1/${network}`
  const peer = await newPeer(topic, listen)
  const pubsub = peer.services.pubsub
  const ended = Promise.withResolvers()
  let heard = 0
  let unsent = send.length > 0
  const endIfDone = () => { if (heard >= hear && !unsent) ended.resolve('heard enough') }

  peer.addEventListener('peer:connect', ({ detail }) => print('connected', { peer: detail.toString() }))
  peer.addEventListener('peer:disconnect', ({ detail }) => print('disconnected', { peer: detail.toString() }))
  peer.addEventListener('peer:identify', ({ detail }) => print('identified', {
    peer: detail.peerId.toString(),
    protocol_version: detail.protocolVersion,
    agent: detail.agentVersion,
    protocols: [...detail.protocols].sort()
  }))
  const subscribed = Promise.withResolvers()
  pubsub.addEventListener('subscription-change', ({ detail }) => {
    for (const subscription of detail.subscriptions.filter((one) => one.topic === topic)) {
      print(subscription.subscribe ? 'subscribed' : 'unsubscribed', { peer: detail.peerId.toString() })
      if (subscription.subscribe) subscribed.resolve()
    }
  })
  pubsub.topicValidators.set(topic, (from, message) => {
    const verdict = judge(message.data, network, from.toString())
    if (verdict === TopicValidatorResult.Accept) {
      heard += 1
      endIfDone()
    }
    return verdict
  })
  pubsub.subscribe(topic)

  const sendFile = async (file) => {
    await subscribed.promise
    try {
      const { recipients } = await pubsub.publish(topic, await readFile(file))
      print('sent', { file, recipients: recipients.map(String).sort() })
    } catch (error) {
      print('failed', { file, why: error.message })
    }
  }

  const patience = setTimeout(() => ended.resolve('time is up'), seconds * 1000)
  const input = createInterface({ input: process.stdin })
  input.on('line', (line) => {
    const [, word, file] = /^(send|end)(?: (.+))?$/.exec(line) ?? []
    if (word === 'end') ended.resolve('told to')
    else if (word === 'send' && file !== undefined) sendFile(file)
    else print('failed', { why: `"send FILE" or "end" is expected, not "${line}"` })
  })
  input.on('close', () => ended.resolve('standard input closed'))

  if (listen.length > 0) print('listening', { peer: peer.peerId.toString(), addresses: peer.getMultiaddrs().map(String) })
  for (const address of dial) {
    try {
      await peer.dial(multiaddr(address), { signal: AbortSignal.timeout(DIAL_MILLISECONDS_MAX) })
    } catch (error) {
      print('failed', { dial: address, why: error.message })
    }
  }
  const sendAll = async () => {
    for (const file of send) await sendFile(file)
    unsent = false
    endIfDone()
  }
  sendAll()

  const why = await ended.promise
  clearTimeout(patience)
  input.close()
  print('ended', { why, heard })
  await Promise.race([peer.stop(), new Promise((resolve) => setTimeout(resolve, CLOSE_MILLISECONDS_MAX))])
  return heard >= hear || hear === Infinity ? 0 : 1
}

main().then((code) => process.exit(code), (error) => {
  process.stderr.write(`peer.mjs: ${error.message}\n`)
  process.exit(2)
})
