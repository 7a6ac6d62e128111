// The report of vulnerabilities and licences. npm's list of vulnerabilities is a stand-in that answers in the form of its bulk endpoint
// (npm CLI, lib/commands/audit.js; POST /-/npm/v1/security/advisories/bulk).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { licenseReport, licenses, vulnerabilities } from '../../release/dependencies.ts'

const ADVISORY = {
  id: 1,
  url: 'https://github.com/advisories/GHSA-0000-0000-0000',
  title: 'Reads out of bounds',
  severity: 'high',
  vulnerable_versions: '<999.0.0',
  cwe: ['CWE-125'],
  cvss: { score: 7.5, vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H' },
}

/** A registry that answers each request so. */
async function registry(status: number, answer: object): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

it('names a vulnerable package, its severity and the page about it', { timeout: 60_000 }, async () => {
  const { text, isClean } = await vulnerabilities(await registry(200, { koffi: [ADVISORY] }))
  expect(text).toMatch(
    /^Vulnerabilities: 1 known in \d+ packages\n {2}high: koffi \d+\.\d+\.\d+: Reads out of bounds, fixed in /,
  )
  expect(text).toContain(ADVISORY.url)
  expect(isClean).toBe(false)
})

it('reports a vulnerability of low severity, and goes on', { timeout: 60_000 }, async () => {
  const { text, isClean } = await vulnerabilities(await registry(200, { koffi: [{ ...ADVISORY, severity: 'low' }] }))
  expect(text).toMatch(/^ {2}low: koffi /m)
  expect(isClean).toBe(true)
})

it('says how many packages have no known vulnerability', { timeout: 60_000 }, async () => {
  const { text, isClean } = await vulnerabilities(await registry(200, {}))
  expect(text).toMatch(/^Vulnerabilities: 0 known in \d+ packages$/)
  expect(isClean).toBe(true)
})

it('does not call it clean when the registry does not say', { timeout: 60_000 }, async () => {
  const { text, isClean } = await vulnerabilities(await registry(405, {}))
  expect(text).toMatch(/^Vulnerabilities: unknown, because the registry does not say: .*405/)
  expect(isClean).toBe(false)
})

it('every package of the workspace has a licence that is allowed', { timeout: 60_000 }, async () => {
  const { text, isClean } = await licenses()
  expect(text).toMatch(/^ {2}MIT: \d+$/m)
  expect(isClean, text).toBe(true)
})

it('names the packages whose licence is not allowed', () => {
  const mit = [{ name: 'a', versions: ['1.0.0'] }]
  const report = licenseReport({ MIT: mit, 'GPL-3.0': [{ name: 'b', versions: ['2.0.0', '3.0.0'] }] })
  expect(report).toEqual({
    text: 'Licences:\n  MIT: 1\n  GPL-3.0: 1, NOT ALLOWED: b 2.0.0, 3.0.0',
    isClean: false,
  })
})
