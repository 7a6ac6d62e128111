import { expect, test } from 'vitest'
import { asNobody } from './unprivileged.ts'

test('runs as nobody, without capabilities and without a way to gain any', async () => {
  const outcome = await asNobody(['cat', '/proc/self/status'])
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

test('can write nowhere: not to the root, temporary folders, or the repository', async () => {
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
  const outcome = await asNobody(['node_modules/.bin/node', '-e', program])
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

test('passes on the environment, the input and the exit status', async () => {
  const outcome = await asNobody(['sh', '-c', 'cat; echo "$GREETING" >&2; exit 7'], {
    env: { GREETING: 'hello' },
    input: 'from outside',
  })
  expect(outcome).toEqual({ status: 7, signal: null, stdout: 'from outside', stderr: 'hello\n' })
})
