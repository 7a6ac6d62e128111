// What the firmware says about the machine. Of /sys/class/dmi/id only the files that everybody may read (mode 0444, Linux
// drivers/firmware/dmi-id.c). The values on EC2: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/identify_ec2_instances.html

import { join } from 'node:path'
import type { Log } from '../log.ts'
import { ATTRIBUTE, type OfferedAttributes } from './attributes.ts'
import { readSmallFile } from './small-file.ts'

/** DMI values; each is undefined where the file is missing, unreadable or empty. */
export interface Dmi {
  readonly sysVendor: string | undefined
  readonly productName: string | undefined
  readonly boardAssetTag: string | undefined
}

/** The machine's DMI values. Source: `${sysfs}/class/dmi/id/{sys_vendor,product_name,board_asset_tag}`. Never throws. */
export function readDmi({ sysfs }: { readonly sysfs: string }, log: Log): Dmi {
  const read = (file: string): string | undefined => readSmallFile(join(sysfs, 'class/dmi/id', file), log)
  return {
    sysVendor: read('sys_vendor'),
    productName: read('product_name'),
    boardAssetTag: read('board_asset_tag'),
  }
}

/**
 * Whether this is an EC2 instance by its vendor. undefined = DMI does not say: it is not readable, or the vendor is Xen, as on EC2's older
 * instance types (m4, i3) and on other Xen machines.
 */
export function isAmazonEc2({ sysVendor }: Dmi): boolean | undefined {
  return sysVendor === undefined || sysVendor === 'Xen' ? undefined : sysVendor === AMAZON_EC2
}

const AMAZON_EC2 = 'Amazon EC2'

/** host.id, host.type and cloud.provider of an EC2 instance on Nitro (metal included); nothing on any other machine. */
export function dmiAttributes(dmi: Dmi): OfferedAttributes {
  if (isAmazonEc2(dmi) !== true) return {}
  return {
    [ATTRIBUTE.cloudProvider]: 'aws',
    [ATTRIBUTE.hostType]: dmi.productName,
    // On Nitro the tag is the instance's id; any other text is not an id.
    [ATTRIBUTE.hostId]: /^i-[0-9a-f]+$/.test(dmi.boardAssetTag ?? '') ? dmi.boardAssetTag : undefined,
  }
}
