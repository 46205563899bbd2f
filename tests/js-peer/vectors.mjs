// Checks the golden vectors: node vectors.mjs FOLDER. Prints what differs and a count; needs no package.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Refused, openStatement } from './statement.mjs'

function verdict (vector) {
  try {
    const { key, id, messageId } = openStatement(Buffer.from(vector.hex, 'hex'), vector.network)
    return [key, id, messageId].map((part) => part.toString('hex')).join(' ')
  } catch (error) {
    if (error instanceof Refused) return error.code
    throw error
  }
}

const folder = process.argv[2]
const counts = { good: 0, bad: 0, failures: 0 }
for (const part of ['good', 'bad']) {
  for (const file of readdirSync(join(folder, part)).sort()) {
    const vector = JSON.parse(readFileSync(join(folder, part, file), 'utf8'))
    const expected = vector.code ?? `${vector.key} ${vector.id} ${vector.message_id}`
    const got = verdict(vector)
    counts[part] += 1
    if (got !== expected) {
      counts.failures += 1
      console.log(`${part}/${file}: ${got}, expected is ${expected}`)
    }
  }
}
console.log(JSON.stringify(counts))
process.exitCode = counts.failures === 0 && counts.good > 0 && counts.bad > 0 ? 0 : 1
