/** What is compared is done by turns, so that whatever else the machine does weighs on all alike; of each the one in the middle counts. */

/** @param turn does each once, and says what each took */
export async function byTurns<Name extends string>(
  rounds: number,
  turn: (round: number) => Promise<Readonly<Record<Name, number>>>,
): Promise<Readonly<Record<Name, number>>> {
  const turns: Readonly<Record<Name, number>>[] = []
  for (let round = 0; round < rounds; round += 1) turns.push(await turn(round))
  const names = Object.keys(turns[0] ?? {}) as Name[]
  return Object.fromEntries(names.map((name) => [name, middle(turns.map((each) => each[name]))])) as Record<Name, number>
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
