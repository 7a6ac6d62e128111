// The numbers and struct layouts of the ethtool ioctl, under the kernel's own names.
// Truth: include/uapi/linux/{ethtool.h,sockios.h,if.h} and asm-generic/errno*.h. The layouts are those of x86-64 and
// arm64, which agree: both are little-endian LP64, and every field below sits at its natural alignment.

/** `#define SIOCETHTOOL 0x8946` (linux/sockios.h): the request all ethtool commands travel in. */
export const SIOCETHTOOL: number = 0x8946

/** `#define SIOCGIFINDEX 0x8933` (linux/sockios.h): interface name → index. */
export const SIOCGIFINDEX: number = 0x8933

/** `#define IFNAMSIZ 16` (linux/if.h): room for an interface name, its NUL included. */
export const IFNAMSIZ: number = 16

/** `#define ETH_GSTRING_LEN 32` (linux/ethtool.h): bytes of one string of a string set. */
export const ETH_GSTRING_LEN: number = 32

/** `ETH_SS_STATS`, second member of `enum ethtool_stringset` (linux/ethtool.h): the names of ETHTOOL_GSTATS. */
export const ETH_SS_STATS: number = 1

/** The commands in use, `#define ETHTOOL_GDRVINFO 0x00000003` and so on (linux/ethtool.h). */
export const COMMANDS: {
  readonly ETHTOOL_GDRVINFO: 0x03
  readonly ETHTOOL_GRINGPARAM: 0x10
  readonly ETHTOOL_GSTRINGS: 0x1b
  readonly ETHTOOL_GSTATS: 0x1d
  readonly ETHTOOL_GSSET_INFO: 0x37
  readonly ETHTOOL_GCHANNELS: 0x3c
  readonly ETHTOOL_GLINKSETTINGS: 0x4c
} = {
  ETHTOOL_GDRVINFO: 0x03,
  ETHTOOL_GRINGPARAM: 0x10,
  ETHTOOL_GSTRINGS: 0x1b,
  ETHTOOL_GSTATS: 0x1d,
  ETHTOOL_GSSET_INFO: 0x37,
  ETHTOOL_GCHANNELS: 0x3c,
  ETHTOOL_GLINKSETTINGS: 0x4c,
}

/** `EINTR` to `EINVAL` (asm-generic/errno-base.h), `EOPNOTSUPP` and `ENOBUFS` (asm-generic/errno.h), positive as the kernel's headers have them. */
export const ERRNO: {
  readonly EINTR: 4
  readonly EAGAIN: 11
  readonly EFAULT: 14
  readonly EINVAL: 22
  readonly EOPNOTSUPP: 95
  readonly ENOBUFS: 105
} = {
  EINTR: 4,
  EAGAIN: 11,
  EFAULT: 14,
  EINVAL: 22,
  EOPNOTSUPP: 95,
  ENOBUFS: 105,
}

/**
 * `struct ifreq` (linux/if.h): char ifr_name[IFNAMSIZ]; then a union whose members in use are
 * `void *ifr_data` (SIOCETHTOOL) and `int ifr_ifindex` (SIOCGIFINDEX).
 */
export const IFREQ: { readonly size: 40; readonly name: 0; readonly data: 16; readonly index: 16 } = {
  size: 40,
  name: 0,
  data: 16,
  index: 16,
}

/** Where `__u32 cmd` is, the first field of every ethtool struct. */
export const CMD: number = 0
