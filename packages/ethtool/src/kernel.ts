// What the rest of the package needs of the kernel: one call, and memory that call may write into.
// `socket.ts` is the real one; tests make theirs from a single function.

/**
 * Sends one ethtool command and leaves the kernel's answer in `payload`, which begins with the command's struct.
 * @throws EthtoolError with the errno's name as `code`.
 */
type EthtoolCall = (interfaceName: string, payload: Buffer) => void

/** The kernel as this package sees it. */
export interface Kernel {
  readonly call: EthtoolCall
  /**
   * Returns the number the kernel gave the interface when it was created; it is never given to a second one, so that
   * another number means another device behind the name. Source: SIOCGIFINDEX. @throws EthtoolError ENODEV.
   */
  readonly interfaceIndex: (interfaceName: string) => number
  /** Returns memory that `call` hands to the kernel without a copy. It stays where it is until `free`. */
  readonly allocate: (size: number) => Buffer
  /** Gives back what `allocate` returned. Nothing may touch the buffer, or a view of it, afterwards. */
  readonly free: (payload: Buffer) => void
  readonly close: () => void
}
