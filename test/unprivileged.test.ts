import { readdirSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { orSkip } from './not-here.ts'
import { asNobody } from './unprivileged.ts'

test('an unprivileged process is nobody, without capabilities and without a way to gain any', async ({ skip }) => {
  const outcome = orSkip(await asNobody(['cat', '/proc/self/status']), skip)
  const wanted = new Set(['Uid', 'Gid', 'Groups', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs'])
  const fields = outcome.stdout.split('\n').map((line) => line.split(':'))
  const found = fields.flatMap(([key = '', value = '']) =>
    wanted.has(key) ? [[key, value.trim().replaceAll('\t', ' ')]] : [],
  )
  const none = '0'.repeat(16)
  expect(Object.fromEntries(found)).toEqual({
    Uid: '65534 65534 65534 65534',
    Gid: '65534 65534 65534 65534',
    Groups: '',
    CapInh: none,
    CapPrm: none,
    CapEff: none,
    CapBnd: none,
    CapAmb: none,
    NoNewPrivs: '1',
  })
})

test('an unprivileged process can write nowhere: not to the root, temporary folders, or the repository', async ({
  skip,
}) => {
  const program = `
    const { writeFileSync } = require('node:fs')
    const attempt = (folder) => {
      try {
        writeFileSync(folder + '/ena-otel-was-here', '')
        return 'written'
      } catch (error) {
        return error.code
      }
    }
    const folders = ['/', '/tmp', '/dev/shm', '/run', '/mnt', '/mnt/repo', '.', 'test', 'node_modules']
    console.log(JSON.stringify(folders.map((folder) => folder + ' ' + attempt(folder))))
  `
  const outcome = orSkip(await asNobody(['node_modules/.bin/node', '-e', program]), skip)
  expect(outcome.stderr).toBe('')
  expect(JSON.parse(outcome.stdout)).toEqual([
    '/ EROFS',
    '/tmp EROFS',
    '/dev/shm EROFS',
    '/run EROFS',
    '/mnt EROFS',
    '/mnt/repo EROFS',
    '. EROFS',
    'test EROFS',
    'node_modules EROFS',
  ])
})

test('an unprivileged process finds every reachable mount read-only', async ({ skip }) => {
  const program = `cut -d ' ' -f 5 /proc/self/mountinfo | sort -u | while read -r point; do
    if mountpoint -q "$point"; then findmnt -n -o OPTIONS --mountpoint "$point" | tail -n 1; fi
  done`
  const outcome = orSkip(await asNobody(['sh', '-c', program]), skip)
  const mounts = outcome.stdout.trim().split('\n')
  expect(mounts.length).toBeGreaterThan(3)
  expect(mounts.filter((options) => !options.split(',').includes('ro'))).toEqual([])
})

test("an unprivileged process is in the machine's network and sees its interfaces", async ({ skip }) => {
  const outcome = orSkip(await asNobody(['sh', '-c', 'readlink /proc/self/ns/net; ls /sys/class/net']), skip)
  const interfaces = readdirSync('/sys/class/net').toSorted()
  expect(outcome.stdout.trim().split('\n')).toEqual([readlinkSync('/proc/self/ns/net'), ...interfaces])
})

test('what runs unprivileged gets its environment, its input and its exit status through', async ({ skip }) => {
  const outcome = orSkip(
    await asNobody(['sh', '-c', 'cat; echo "$GREETING" >&2; exit 7'], {
      env: { GREETING: 'hello' },
      input: 'from outside',
    }),
    skip,
  )
  expect(outcome).toEqual({ status: 7, signal: null, stdout: 'from outside', stderr: 'hello\n' })
})
