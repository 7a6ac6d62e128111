// Which interface exports under which attributes. A name may go from one interface to another, and with it the series of a store.

/** Another object for each owner. */
export interface AttributeSet {
  /** The attributes, as text. */
  readonly attributes: string
  /** Who exports under these attributes. */
  readonly owner: string
  /** Time of the newest point from before the owner, milliseconds since the epoch; `undefined` when it is the first. */
  readonly takenAfter: number | undefined
  /** Time of the newest point; `undefined` before the first. */
  newest: number | undefined
}

export interface AttributeSets {
  /**
   * The set for these attributes, from now on that of this owner.
   *
   * @param attributes as text
   * @param owner stays the same as long as an interface keeps its name
   */
  readonly claim: (attributes: string, owner: string) => AttributeSet
}

/** More than all interfaces of a node export under. A set that was not claimed for the longest time is forgotten. */
const MAX_SETS = 1024

export function createAttributeSets(): AttributeSets {
  const sets = new Map<string, AttributeSet>()
  return {
    claim: (attributes, owner) => {
      const known = sets.get(attributes)
      const set =
        known?.owner === owner ? known : { attributes, owner, takenAfter: known?.newest, newest: known?.newest }
      sets.delete(attributes)
      sets.set(attributes, set) // last: the first is the one to forget
      const [oldest] = sets.keys()
      if (sets.size > MAX_SETS && oldest !== undefined) sets.delete(oldest)
      return set
    },
  }
}
