import { expect, test } from 'vitest'
import { narrator } from './narrate.ts'

test('recovery says for whom it waits, in each scenario anew; a refusal is told', () => {
  const lines: string[] = []
  const tell = narrator(
    () => 1_000,
    (line) => lines.push(line),
  )
  const scenario = (name: string) => tell({ kind: 'scenario', name } as never)
  const plan = (...radius: readonly string[]) => tell({ kind: 'plan', fault: 'noop', targets: ['pc2'], radius } as never)
  const recovery = () => tell({ kind: 'phase', name: 'recovery' })
  scenario('first')
  plan('pc2/A', 'pc2/B')
  plan('pc2/B', 'pc2/C', 'pc2/D')
  recovery()
  scenario('second')
  plan()
  tell({ kind: 'lease', lease: 'l1', state: 'refused', detail: 'not running' })
  recovery()
  expect(lines.map((line) => line.slice(31).trim())).toEqual([
    ...['noop on pc2', 'noop on pc2', 'recovery: waiting for pc2/A, pc2/B and 2 more to be healthy'],
    ...['noop on pc2', 'fault refused: not running', 'recovery: waiting for the whole fleet to be healthy'],
  ])
})
