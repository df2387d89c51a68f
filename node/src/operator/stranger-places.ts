/**
 * Places for those who are no operators: terminals, and whoever else connects. When all are taken, a newcomer gets the
 * place of another: of the one that came first among those that were never served, so that lines held open for nothing
 * keep no terminal out, and of the one served longest ago only when everybody was served.
 */

export type StrangerPlaces<T> = {
  /** Gives a place to `one`; returns who has to leave for it, if anybody. */
  readonly take: (one: T) => T | undefined
  /** `one` got an answer that only a registered terminal gets. */
  readonly served: (one: T) => void
  readonly leave: (one: T) => void
}

/** `most` places, all of them free. */
export function createStrangerPlaces<T>(most: number): StrangerPlaces<T> {
  // Sets keep the order in which their members came.
  const newcomers = new Set<T>()
  const regulars = new Set<T>()

  const leave = (one: T) => {
    newcomers.delete(one)
    regulars.delete(one)
  }

  return {
    take(one) {
      const isFull = newcomers.size + regulars.size >= most
      const evicted = isFull ? (newcomers.values().next().value ?? regulars.values().next().value) : undefined
      if (evicted !== undefined) leave(evicted)
      newcomers.add(one)
      return evicted
    },
    served(one) {
      if (!newcomers.has(one) && !regulars.has(one)) return
      leave(one)
      regulars.add(one)
    },
    leave,
  }
}
