// The kernel's connection tracking: /proc/sys/net/netfilter/nf_conntrack_{count,max} and /proc/net/stat/nf_conntrack.
import type { Block, Reader } from './block.ts'
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
    const file = openOrUndefined(`${procfs}/${path}`)
    if (file) open.push(file)
    return file
  }
  try {
    const count = openIfThere('sys/net/netfilter/nf_conntrack_count')
    const max = openIfThere('sys/net/netfilter/nf_conntrack_max')
    const stat = openIfThere('net/stat/nf_conntrack')
    return open.length === 0 ? undefined : createReader({ count, max, stat }, close)
  } catch (error) {
    close()
    throw error
  }
}

interface Files {
  readonly count: PseudoFile | undefined
  readonly max: PseudoFile | undefined
  readonly stat: PseudoFile | undefined
}

function createReader({ count, max, stat }: Files, close: () => void): Reader {
  const columns = stat ? columnNames(stat) : []
  const names = ['nf_conntrack_count', 'nf_conntrack_max', ...columns]
  const block: Block = { from: 'conntrack', names, values: new Float64Array(names.length) }
  const course: Course = { cells: [], carried: new Float64Array(names.length) }
  return {
    block,
    read: (extent) => {
      block.values.fill(Number.NaN, 0, 2)
      if (count) block.values[0] = count.readNumber()
      if (max && extent === 'all') block.values[1] = max.readNumber() // somebody's setting
      if (stat) sumColumns(stat, block.values, 2, course)
      return 'read'
    },
    close,
  }
}

function openOrUndefined(path: string): PseudoFile | undefined {
  try {
    return openPseudoFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
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

/** What a processor counts begins again at 0 after 2^32, for itself: the sum would fall by that, and seem to begin anew at all the rest. */
interface Course {
  /** The numbers of the last read, one after the other. */
  readonly cells: number[]
  /** What to add to the sum of each column. */
  readonly carried: Float64Array
}

/** The other lines, one a processor, hold hexadecimal numbers (`%08x`, 32 bits each). */
function sumColumns(stat: PseudoFile, sums: Float64Array, first: number, { cells, carried }: Course): void {
  const text = stat.readText()
  sums.fill(0, first)
  let column = first
  let cell = 0
  let value = 0
  let inNumber = false
  for (let i = text.indexOf(NEWLINE) + 1; i < text.length; i++) {
    const byte = text[i]!
    if (byte !== SPACE && byte !== NEWLINE) {
      value = value * 16 + hexDigit(byte, stat.path)
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
