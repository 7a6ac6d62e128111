// The kernel's connection tracking: /proc/sys/net/netfilter/nf_conntrack_{count,max} and /proc/net/stat/nf_conntrack.
import { unlessErrno } from '../interfaces/errno.ts'
import type { ReadBuffer, Reader } from './block.ts'
import { openPseudoFile, type PseudoFile } from './pseudo-file.ts'

/**
 * A reader of the table's size and of its per-processor counters, summed.
 *
 * @returns `undefined` when the kernel has no connection tracking loaded
 * @throws Error with `code`, `path` when it has, and a file can't be opened
 */
export function openConntrack(procfs: string): Reader | undefined {
  const open: PseudoFile[] = []
  const close = (): void => {
    for (const file of open) file.close()
  }
  const openIfThere = (path: string): PseudoFile | undefined => {
    const file = unlessErrno(['ENOENT'], () => openPseudoFile(`${procfs}/${path}`))
    if (file) open.push(file)
    return file
  }
  try {
    const count = openIfThere('sys/net/netfilter/nf_conntrack_count')
    const max = openIfThere('sys/net/netfilter/nf_conntrack_max')
    const stat = openIfThere('net/stat/nf_conntrack')
    return open.length === 0 ? undefined : createReader(count, max, stat, close)
  } catch (error) {
    close()
    throw error
  }
}

function createReader(
  count: PseudoFile | undefined,
  max: PseudoFile | undefined,
  stat: PseudoFile | undefined,
  close: () => void,
): Reader {
  const columns = stat ? columnNames(stat) : []
  const names = ['nf_conntrack_count', 'nf_conntrack_max', ...columns]
  const block: ReadBuffer = { from: 'conntrack', names, values: new Float64Array(names.length) }
  const wraparound: Wraparound = { cells: [], carried: new Float64Array(names.length) }
  /** The text of the last read. Adding up the columns is most of what a read costs, and on a quiet node nothing changes. */
  let last = Buffer.alloc(0)
  const readColumns = (file: PseudoFile): void => {
    const text = file.readText()
    if (text.equals(last)) return
    sumColumns(text, file.path, block.values, 2, wraparound)
    if (text.length !== last.length) last = Buffer.alloc(text.length)
    text.copy(last)
  }
  return {
    block,
    read: (coverage) => {
      block.values.fill(Number.NaN, 0, 2)
      if (count) block.values[0] = count.readNumber()
      if (max && coverage === 'all') block.values[1] = max.readNumber() // somebody's setting
      if (stat) readColumns(stat)
      return 'read'
    },
    close,
  }
}

const SPACE = 0x20
const NEWLINE = 0x0a

/** The first line names the columns. `entries` repeats nf_conntrack_count and keeps its place, so that indexes fit. */
function columnNames(stat: PseudoFile): string[] {
  const text = stat.readText()
  const header = text.toString('latin1', 0, text.indexOf(NEWLINE)).trim()
  return header === '' ? [] : header.split(/\s+/)
}

/** The 32-bit counter of each processor wraps around by itself: the sum would fall by 2^32, which looks like a reset. */
interface Wraparound {
  /** The numbers of the last read, one after the other. */
  readonly cells: number[]
  /** What to add to the sum of each column. */
  readonly carried: Float64Array
}

/** The other lines, one a processor, hold hexadecimal numbers (`%08x`, 32 bits each). */
function sumColumns(
  text: Buffer,
  path: string,
  sums: Float64Array,
  first: number,
  { cells, carried }: Wraparound,
): void {
  sums.fill(0, first)
  let column = first
  let cell = 0
  let value = 0
  let inNumber = false
  for (let i = text.indexOf(NEWLINE) + 1; i < text.length; i++) {
    const byte = text[i]!
    if (byte !== SPACE && byte !== NEWLINE) {
      value = value * 16 + hexDigit(byte, path)
      inNumber = true
      continue
    }
    if (inNumber && column < sums.length) {
      if (value < cells[cell]! - 2 ** 31) carried[column]! += 2 ** 32
      cells[cell++] = value
      sums[column++]! += value
    }
    value = 0
    inNumber = false
    if (byte === NEWLINE) column = first
  }
  for (let i = first; i < sums.length; i++) sums[i]! += carried[i]!
}

function hexDigit(byte: number, path: string): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  if (byte >= 0x61 && byte <= 0x66) return byte - 0x61 + 10
  throw Object.assign(new Error(`${path}: ${JSON.stringify(String.fromCharCode(byte))} is no hexadecimal digit`), {
    code: 'EBADMSG',
    path,
  })
}
