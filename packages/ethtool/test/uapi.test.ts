import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { COMMANDS, ERRNO, ETH_GSTRING_LEN, IFNAMSIZ, SIOCETHTOOL, SIOCGIFINDEX } from '../src/uapi.ts'

const HEADERS = ['linux/ethtool.h', 'linux/sockios.h', 'linux/if.h', 'asm-generic/errno-base.h', 'asm-generic/errno.h']
const FILES = HEADERS.map((header) => `/usr/include/${header}`)

test('every constant is what this machine’s kernel headers say', (context) => {
  if (!FILES.every((file) => existsSync(file))) {
    console.log('skipped: constants against the kernel headers: no headers in /usr/include')
    return context.skip('no kernel headers')
  }
  const text = FILES.map((file) => readFileSync(file, 'utf8')).join('\n')
  const constants = { ...COMMANDS, ...ERRNO, ETH_GSTRING_LEN, IFNAMSIZ, SIOCETHTOOL, SIOCGIFINDEX }
  const defined = Object.keys(constants).map((name) => {
    const [, value] = new RegExp(`^#define\\s+${name}\\s+(\\w+)`, 'm').exec(text) ?? []
    return [name, Number(value)]
  })
  expect(Object.fromEntries(defined)).toEqual(constants)
})
