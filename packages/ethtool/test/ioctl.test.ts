import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { bindLibc, loadLibc } from '../src/ioctl.ts'

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 'ia32'],
  ['linux', 's390x'],
])('%s on %s is refused with a clear error', (platform, arch) => {
  expect(() => loadLibc(platform, arch)).toThrow(
    expect.objectContaining({
      code: 'ERR_ETHTOOL_PLATFORM',
      message: `the ethtool ioctl needs Linux on x64 or arm64, this is ${platform} on ${arch} (ERR_ETHTOOL_PLATFORM)`,
    }),
  )
})

test('koffi that can not be loaded is an error with its cause', () => {
  const cause = new Error('Cannot find the native Koffi module')
  const failing = (): never => {
    throw cause
  }
  expect(() => bindLibc(failing)).toThrow(
    expect.objectContaining({ code: 'ERR_ETHTOOL_FFI', cause, message: expect.stringContaining(cause.message) }),
  )
})

test('importing the package loads no koffi', () => {
  const index = new URL('../src/index.ts', import.meta.url).href
  const script = `await import(${JSON.stringify(index)})
    const { createRequire } = await import('node:module')
    const loaded = Object.keys(createRequire(${JSON.stringify(index)}).cache).filter((file) => file.includes('koffi'))
    console.log(loaded.length + process.report.getReport().sharedObjects.filter((file) => file.includes('koffi')).length)`
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim()).toBe('0')
})

test('no other file knows an FFI', () => {
  const directory = new URL('../src/', import.meta.url)
  const knowing = readdirSync(directory).filter((file) =>
    /['"]koffi['"]|node:ffi/.test(readFileSync(new URL(file, directory), 'utf8')),
  )
  expect(knowing).toEqual(['ioctl.ts'])
})
