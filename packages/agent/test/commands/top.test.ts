import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { top, type TopStreams } from '../../src/commands/top.ts'
import { loadConfig } from '../../src/config/load.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const ENV = { AWS_EC2_METADATA_DISABLED: 'true', NODE_NAME: 'node-1' }

let root: string
let sysfs: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ena-otel-top-'))
  sysfs = join(root, 'sys')
  mkdirSync(join(sysfs, 'class/net'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

/** An interface without a device behind it, to be read with --include. Its name is no real one: ethtool knows nothing of it. */
function addInterface(name: string): void {
  const directory = join(sysfs, 'class/net', name)
  mkdirSync(join(directory, 'statistics'), { recursive: true })
  writeFileSync(join(directory, 'ifindex'), '7\n')
  writeFileSync(join(directory, 'address'), '02:00:00:00:00:07\n')
  writeFileSync(join(directory, 'flags'), '0x1003\n')
  for (const file of ['rx_bytes', 'tx_bytes', 'rx_packets', 'tx_packets', 'rx_dropped', 'tx_dropped'])
    writeFileSync(join(directory, 'statistics', file), '1000\n')
}

class FakeStream extends EventEmitter {
  readonly isTTY: boolean
  readonly columns = 80
  readonly rows = 20
  readonly written: string[] = []
  readonly modes: boolean[] = []
  onWrite: (text: string) => void = () => undefined
  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }
  write(text: string): boolean {
    this.written.push(text)
    this.onWrite(text)
    return true
  }
  getColorDepth(): number {
    return 1
  }
  setRawMode(on: boolean): this {
    this.modes.push(on)
    return this
  }
  resume(): this {
    return this
  }
  pause(): this {
    return this
  }
}

interface Started {
  readonly stdin: FakeStream
  readonly stdout: FakeStream
  readonly done: Promise<void>
  readonly stop: () => void
}

/** @param onWrite called with the streams at each write, in time for the test to press a key */
function start(isTTY: boolean, onWrite: (stdin: FakeStream, stdout: FakeStream) => unknown = () => undefined): Started {
  const [stdin, stdout] = [new FakeStream(isTTY), new FakeStream(isTTY)]
  stdout.onWrite = () => onWrite(stdin, stdout)
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  const loaded = loadConfig({ sysfs, include: ['fake*'], sampleInterval: '100ms' }, {})
  const done = top(loaded, ENV, silent, stopped, { stdin, stdout } as unknown as TopStreams)
  return { stdin, stdout, done, stop }
}

test('on a terminal it draws until q is pressed, and gives the terminal back', async () => {
  addInterface('fake0')
  const exitListeners = process.listenerCount('exit')
  const { stdin, stdout, done } = start(true, (keys, screen) => {
    if (screen.written.length === 4) keys.emit('data', Buffer.from('q'))
  })
  await done
  const [enter, first] = stdout.written
  expect(enter).toBe('\u001B[?1049h\u001B[?25l\u001B[?7l')
  expect(first?.split('\r\n')[0]).toMatch(/Hena-otel .* · node-1 .* q to quit$/)
  expect(first).toContain('fake0')
  expect(stdout.written.at(-1)).toBe('\u001B[?25h\u001B[?7h\u001B[?1049l')
  expect(stdin.modes).toEqual([true, false])
  expect([process.listenerCount('exit'), stdin.listenerCount('data'), stdout.listenerCount('resize')]).toEqual([
    exitListeners,
    0,
    0,
  ])
})

test.each(['\u0003', '\u0004', 'Q'])('the key %j ends it too', async (key) => {
  addInterface('fake0')
  const { done, stdin } = start(true)
  stdin.emit('data', Buffer.from(key))
  await done
})

test('a new size of the terminal is drawn at once', async () => {
  addInterface('fake0')
  const { promise: drawn, resolve } = Promise.withResolvers<void>()
  const { stdout, done, stop } = start(true, (_keys, screen) => screen.written.length === 2 && resolve())
  await drawn
  const before = stdout.written.length
  Object.assign(stdout, { columns: 30 })
  stdout.emit('resize')
  expect(stdout.written.length).toBe(before + 1)
  stop()
  await done
})

test('on a terminal with nothing to read it says why, and shows an interface that comes later', async () => {
  const { stdout, done } = start(true, (keys, screen) => {
    const text = screen.written.at(-1) ?? ''
    if (text.includes('Nothing is read')) addInterface('fake1')
    if (text.includes('fake1  ')) keys.emit('data', Buffer.from('q'))
  })
  await done
  expect(stdout.written[1]).toContain('Nothing is read: there is no network interface')
})

test('elsewhere it writes lines without control characters until it is stopped', async () => {
  addInterface('fake0')
  let looks = 0
  const { stdout, done, stop } = start(false, () => ++looks === 6 && stop())
  await done
  const text = stdout.written.join('')
  expect(text).toContain('INTERFACE')
  expect(text).not.toContain('\u001B')
  expect(text.split('\n').filter((line) => line.includes('fake0')).length).toBeGreaterThanOrEqual(3)
})

test('elsewhere nothing to read is an error', async () => {
  await expect(start(false).done).rejects.toThrow(
    'there is no network interface, not even lo: name the folder where sysfs is mounted with --sysfs',
  )
})

test('it ends quietly when nobody reads its lines any more', async () => {
  addInterface('fake0')
  const { stdout, done } = start(false)
  stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  await done
})

test('a terminal is given back when drawing fails', async () => {
  addInterface('fake0')
  const { stdout, done } = start(true, (_, screen) => {
    if (screen.written.length === 3) throw new Error('EIO: i/o error, write')
  })
  await expect(done).rejects.toThrow('EIO')
  expect(stdout.written.at(-1)).toBe('\u001B[?25h\u001B[?7h\u001B[?1049l')
})
