/** Random numbers that are the same for the same seed, on every machine: for simulations that somebody else can repeat. */

export interface Random {
  /** In [0, 1). */
  uniform(): number
  /** With mean 1. */
  exponential(): number
  /** Number of events of a Poisson process with this mean. */
  poisson(mean: number): number
  /** Pareto with least value 1 and this tail index: the smaller, the longer the tail. */
  pareto(index: number): number
}

/** Mulberry32: 32 bits of state are plenty for some millions of draws, and fit into four lines. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const exponential = () => -Math.log1p(-uniform())
  return {
    uniform,
    exponential,
    poisson(mean) {
      let count = 0
      for (let passed = exponential(); passed <= mean; passed += exponential()) count += 1
      return count
    },
    pareto: (index) => (1 - uniform()) ** (-1 / index),
  }
}

/** In another order, and that is the same for the same numbers. */
export function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  return list
    .map((one) => ({ one, place: random.uniform() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one)
}
