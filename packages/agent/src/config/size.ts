// Sizes of memory: 512KiB, 8MiB, 1GiB. In bytes.
import { createQuantity, type Quantity } from './quantity.ts'

export const SIZE: Quantity = createQuantity({ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 })
export const { format: formatSize } = SIZE
