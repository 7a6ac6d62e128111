// The hot path: one ETHTOOL_GSTATS into memory that was allocated beforehand, the wanted values copied out of it.
//
// What a read has to notice, and how:
// - The number of statistics changed. The kernel returns its own n_stats, or 0 in current kernels when it isn't the one
//   that was asked for; either is compared with what was allocated. A set that outgrew the memory can't be written past
//   its end, see `outgrew`.
// - The number stayed and the names changed. A driver's set is made of its tables, its queues and its features; what
//   exchanges names without changing their number is another device under the same name (driver reloaded, network card
//   replaced, interfaces renamed into each other). The kernel never gives an interface index twice, so each read
//   compares that, after the values were read: SIOCGIFINDEX, 0.6 µs and no lock, where re-reading the strings would
//   cost several times the read itself. A driver that renames a statistic of a living device goes unnoticed; none is known.
import { EthtoolError } from './ethtool-error.ts'
import type { Kernel } from './kernel.ts'
import { CHANGED, settle } from './settle.ts'
import { decodeStatistics, encodeStatistics, statisticsCount, statisticsSize } from './statistics.ts'
import { hasNoStatistics, outgrew, readNames } from './string-set.ts'

/** Chosen statistics of one interface, read again and again without allocating. */
export interface PreparedStatistics {
  /** The chosen names, in the kernel's order and with its duplicates; empty when the driver offers none. */
  readonly names: readonly string[]
  /** `values[i]` belongs to `names[i]`; zeros until the first `read()`. */
  readonly values: BigUint64Array
  /**
   * Fills `values` in place. Returns false, or true when the driver's string set or the device behind the name is
   * another than at the last read: then `names` and `values` are new arrays, and current.
   *
   * When it throws, `values` holds nothing of that read; a change met on the way is told by the next call that succeeds.
   * @throws EthtoolError ENODEV when the interface is gone (or suspended); ERR_ETHTOOL_UNSETTLED when the set changed in
   * every attempt; ERR_ETHTOOL_CLOSED.
   */
  read(): boolean
  /** Frees the memory. May be called twice. */
  close(): void
  [Symbol.dispose](): void
}

/** What a reader needs to know. */
export interface ReaderOptions {
  readonly kernel: Kernel
  readonly interfaceName: string
  readonly attempts: number
  readonly filter?: ((statistic: string) => boolean) | undefined
  readonly onClose?: (reader: StatisticsReader) => void
}

// One pair for all empty sets: a driver that goes on offering nothing has not changed.
const NO_NAMES: readonly string[] = []
const NO_VALUES = new BigUint64Array(0)
const NO_WORDS = new Int32Array(0)

/** `PreparedStatistics` over a kernel. */
export class StatisticsReader implements PreparedStatistics {
  names: readonly string[] = NO_NAMES
  values: BigUint64Array = NO_VALUES
  readonly #options: ReaderOptions
  #closed = false
  #lastValues: BigUint64Array = NO_VALUES
  #interfaceIndex = 0
  #setNames: readonly string[] = NO_NAMES
  #payload: Buffer | undefined
  #words: Int32Array = NO_WORDS
  #selected: Int32Array = NO_WORDS
  #target: Int32Array = NO_WORDS

  constructor(options: ReaderOptions) {
    this.#options = options
    settle(options.attempts, options.interfaceName, () => this.#reload())
    this.#lastValues = this.values
  }

  read(): boolean {
    if (this.#closed) {
      const context = { interface: this.#options.interfaceName, command: 'ETHTOOL_GSTATS' }
      throw new EthtoolError('ERR_ETHTOOL_CLOSED', 'these prepared statistics are closed', undefined, context)
    }
    if (this.#setNames.length === 0 || this.#fill() === CHANGED) this.#reloadAndFill()
    const changed = this.values !== this.#lastValues
    this.#lastValues = this.values
    return changed
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    // views of freed memory must not survive
    this.#words = NO_WORDS
    if (this.#payload !== undefined) this.#options.kernel.free(this.#payload)
    this.#payload = undefined
    this.#options.onClose?.(this)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Reads the values of the set as it was last known. */
  #fill(): typeof CHANGED | undefined {
    const { kernel, interfaceName } = this.#options
    const count = this.#setNames.length
    if (this.#payload === undefined) return undefined
    encodeStatistics(this.#words, count)
    try {
      kernel.call(interfaceName, this.#payload)
    } catch (error) {
      if (outgrew(error, statisticsCount(this.#words), count)) return CHANGED
      if (!hasNoStatistics(error)) throw error
      this.#adopt(this.#interfaceIndex, NO_NAMES)
      return undefined
    }
    if (kernel.interfaceIndex(interfaceName) !== this.#interfaceIndex) return CHANGED
    return decodeStatistics(this.#words, count, this.#selected, this.#target) ? undefined : CHANGED
  }

  // A function of its own: a closure in read() would make V8 allocate that function's context at each call.
  #reloadAndFill(): void {
    const { attempts, interfaceName } = this.#options
    settle(attempts, interfaceName, () => (this.#reload() === CHANGED ? CHANGED : this.#fill()))
  }

  /** Reads the driver's set again. */
  #reload(): typeof CHANGED | undefined {
    const { kernel, interfaceName } = this.#options
    const index = kernel.interfaceIndex(interfaceName)
    const names = readNames(kernel, interfaceName)
    if (names === CHANGED) return CHANGED
    this.#adopt(index, names ?? NO_NAMES)
    return undefined
  }

  #adopt(interfaceIndex: number, setNames: readonly string[]): void {
    if (interfaceIndex === this.#interfaceIndex && sameNames(setNames, this.#setNames)) return
    const { kernel, filter } = this.#options
    const selected = [...setNames.keys()].filter((index) => filter?.(setNames[index] ?? '') ?? true)
    const payload = setNames.length === 0 ? undefined : kernel.allocate(statisticsSize(setNames.length))
    if (this.#payload !== undefined) kernel.free(this.#payload)
    this.#payload = payload
    this.#words =
      payload === undefined ? NO_WORDS : new Int32Array(payload.buffer, payload.byteOffset, payload.length / 4)
    this.#interfaceIndex = interfaceIndex
    this.#setNames = setNames
    this.#selected = Int32Array.from(selected)
    this.names = setNames.length === 0 ? NO_NAMES : selected.map((index) => setNames[index] ?? '')
    this.values = setNames.length === 0 ? NO_VALUES : new BigUint64Array(selected.length)
    this.#target = new Int32Array(this.values.buffer)
  }
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index])
}
