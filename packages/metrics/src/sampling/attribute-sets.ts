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

export function createAttributeSets(): AttributeSets {
  const sets = new Map<string, AttributeSet>()
  return {
    claim: (attributes, owner) => {
      const known = sets.get(attributes)
      if (known?.owner === owner) return known
      const set = { attributes, owner, takenAfter: known?.newest, newest: known?.newest }
      sets.set(attributes, set)
      return set
    },
  }
}
