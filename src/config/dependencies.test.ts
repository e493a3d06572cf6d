import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dependencyCycles, resolveDependency, unknownDependencies } from './dependencies.ts'
import { readStartup, type StartupConfig } from './startup.ts'

type Needs = Readonly<Record<string, readonly string[]>>

function config(layout: 'nested' | 'flat', needs: Needs): StartupConfig {
  const agents = Object.entries(needs).map(([name, dependencies], index) => {
    const fields = { script_path: `${name}.py`, port: 2000 + index, health_check_port: 22_000 + index, dependencies }
    return layout === 'nested' ? ([name, fields] as const) : { name, ...fields }
  })
  const value = layout === 'nested' ? { agent_groups: { g: Object.fromEntries(agents as [string, object][]) } } : { pc2_services: agents }
  const read = readStartup({ file: `${layout}.yaml`, text: JSON.stringify(value) })
  if ('problems' in read) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  return read.config
}

const cycles = (...configs: StartupConfig[]) => dependencyCycles(configs).map(({ agents }) => agents)

test('a cycle is shown once, whole, from its smallest id', () => {
  const found = dependencyCycles([config('nested', { D: ['C'], C: ['A'], B: ['C'], A: ['B'] })])
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({
    rule: 'dependency-cycle',
    severity: 'error',
    message: 'dependency cycle: mainpc/A → mainpc/B → mainpc/C → mainpc/A',
    agents: ['mainpc/A', 'mainpc/B', 'mainpc/C'],
    file: 'nested.yaml',
    line: 1,
  })
})

test('an agent that needs itself is a cycle of one', () => {
  expect(cycles(config('nested', { A: ['A'], B: ['A'] }))).toEqual([['mainpc/A']])
})

test('two knots are two findings, and a knot of two circles is one that counts the rest', () => {
  expect(cycles(config('nested', { A: ['B'], B: ['A'], C: ['D'], D: ['C', 'A'] }))).toEqual([
    ['mainpc/A', 'mainpc/B'],
    ['mainpc/C', 'mainpc/D'],
  ])
  const [knot] = dependencyCycles([config('nested', { A: ['B', 'C'], B: ['A'], C: ['D'], D: ['A'] })])
  expect(knot?.message).toBe('dependency cycle: mainpc/A → mainpc/B → mainpc/A; 2 more hang in the same knot')
})

test('a cycle may run over both machines', () => {
  expect(cycles(config('nested', { A: ['X'] }), config('flat', { X: ['A'] }))).toEqual([['mainpc/A', 'pc2/X']])
})

test('a name means the agent of the same machine first, then that of the other', () => {
  const main = config('nested', { Hub: [], A: ['Hub'] })
  const pc2 = config('flat', { Hub: [], X: ['Hub', 'A'] })
  expect(resolveDependency([main, pc2], pc2, 'Hub')).toBe('pc2/Hub')
  expect(resolveDependency([main, pc2], main, 'Hub')).toBe('mainpc/Hub')
  expect(resolveDependency([main, pc2], pc2, 'A')).toBe('mainpc/A')
  expect(resolveDependency([main, pc2], pc2, 'B')).toBeUndefined()
  expect(cycles(main, pc2)).toEqual([])
})

test('a name that nobody bears is an error at its place, unless a peer bears it', () => {
  const pc2 = config('flat', { X: ['A'] })
  expect(unknownDependencies([pc2], [])).toMatchObject([{ rule: 'unknown-dependency', severity: 'error', agents: ['pc2/X'], line: 1 }])
  expect(unknownDependencies([pc2], ['A'])).toEqual([])
  expect(unknownDependencies([pc2, config('nested', { A: [] })], [])).toEqual([])
})

/** Agents that need only agents before them. */
const acyclic: fc.Arbitrary<Record<string, string[]>> = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 2, maxLength: 25 })
  .map((rows) => Object.fromEntries(rows.map((row, index) => [`A${index}`, index === 0 ? [] : row.map((pick) => `A${pick % index}`)])))

test('property: a graph without a way back has no cycle', () => {
  fc.assert(
    fc.property(acyclic, (needs) => {
      expect(cycles(config('nested', needs))).toEqual([])
    }),
  )
})

test('property: one edge back along a way makes exactly one cycle, and a true one', () => {
  fc.assert(
    fc.property(acyclic, fc.nat(), fc.nat(), (needs, start, length) => {
      const way = walk(needs, start, length)
      fc.pre(way.length > 1)
      const [first, last] = [way[0] as string, way.at(-1) as string]
      const closed: Needs = { ...needs, [last]: [...(needs[last] ?? []), first] }
      const found = cycles(config('nested', closed))
      expect(found).toHaveLength(1)
      const round = (found[0] ?? []).map((id) => id.replace('mainpc/', ''))
      expect(round.every((name, index) => closed[name]?.includes(round[(index + 1) % round.length] as string))).toBe(true)
      expect(new Set(round).size).toBe(round.length)
    }),
  )
})

function walk(needs: Needs, start: number, length: number): string[] {
  const way = [`A${start % Object.keys(needs).length}`]
  for (let step = 0; step <= length % 4; step++) {
    const next = needs[way.at(-1) as string]?.[0]
    if (next === undefined) break
    way.push(next)
  }
  return way
}
