// A program without the parts that are never loaded: symbols and debug information, a fifth of Node. What strip(1) does, for any
// processor and with the same bytes on every machine. Source: elf(5), `Elf64_Ehdr` and `Elf64_Phdr`.

/** Offset in `Elf64_Ehdr` of each field that is read or cleared. */
const HEADER = {
  class: 4,
  data: 5,
  phoff: 32,
  shoff: 40,
  phentsize: 54,
  phnum: 56,
  shentsize: 58,
  shnum: 60,
  shstrndx: 62,
}

/** The same in `Elf64_Phdr`. */
const SEGMENT = { offset: 8, filesz: 32 }

const [CLASS_64, LITTLE_ENDIAN] = [2, 1]

/** A copy that ends after the last segment, without a table of sections. @throws TypeError when it is no 64-bit little-endian ELF file */
export function withoutSections(program: Uint8Array): Uint8Array {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength)
  const isElf = view.getUint32(0) === 0x7f_45_4c_46
  if (!isElf || view.getUint8(HEADER.class) !== CLASS_64 || view.getUint8(HEADER.data) !== LITTLE_ENDIAN) {
    throw new TypeError('not a 64-bit little-endian ELF file')
  }
  const number = (offset: number): number => Number(view.getBigUint64(offset, true))
  const size = view.getUint16(HEADER.phentsize, true)
  const first = number(HEADER.phoff)
  const segments = Array.from({ length: view.getUint16(HEADER.phnum, true) }, (_, index) => first + index * size)
  const ends = segments.map((segment) => number(segment + SEGMENT.offset) + number(segment + SEGMENT.filesz))
  const copy = program.slice(0, Math.max(...ends))
  const header = new DataView(copy.buffer)
  header.setBigUint64(HEADER.shoff, 0n, true)
  for (const field of [HEADER.shentsize, HEADER.shnum, HEADER.shstrndx]) header.setUint16(field, 0, true)
  return copy
}
