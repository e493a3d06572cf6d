import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hashOf, type Inputs, layOut, partOf } from './context.ts'

const stage = 'FROM base AS machine\nCOPY bundles/fleet/ /opt/fleet/\nCOPY boot.conf /etc/\n'
const texts: [string, string][] = [
  ['bundles/fleet/agent.js', 'agent'],
  ['bundles/fleet/boot.js', 'boot'],
  ['bundles/tool.js', 'tool'],
  ['boot.conf', 'conf'],
]
const inputs = (changed: Partial<Inputs> = {}): Inputs => ({
  dockerfile: stage,
  texts: new Map(texts),
  nodeVersion: '24.0.0',
  baseId: 'sha256:1',
  ...changed,
})

describe('hashOf', () => {
  test('is the same in whatever order the files were read', () => {
    expect(hashOf(inputs({ texts: new Map(texts.toReversed()) }))).toBe(hashOf(inputs()))
  })

  test.each<[string, Partial<Inputs>]>([
    ['Dockerfile', { dockerfile: `${stage}#` }],
    ['Node', { nodeVersion: '24.0.1' }],
    ['base', { baseId: 'sha256:2' }],
    ['text', { texts: new Map([...texts, ['boot.conf', 'other']]) }],
    ['name of a file', { texts: new Map([...texts.slice(1), ['bundles/fleet/agen.js', 'tagent']]) }],
    ['absence of a file', { texts: new Map(texts.slice(1)) }],
  ])('changes with the %s', (_name, changed) => {
    expect(hashOf(inputs(changed))).not.toBe(hashOf(inputs()))
  })
})

test('a stage depends on what it copies, and on nothing else', () => {
  const other = inputs({ texts: new Map([...texts, ['bundles/tool.js', 'changed']]) })
  expect(hashOf(partOf(other, stage))).toBe(hashOf(partOf(inputs(), stage)))
  expect([...partOf(inputs(), stage).texts.keys()].sort()).toEqual(['boot.conf', 'bundles/fleet/agent.js', 'bundles/fleet/boot.js'])
})

test('what a stage copies and nobody made is named', () => {
  expect(() => partOf(inputs({ texts: new Map([['boot.conf', '']]) }), stage)).toThrow(
    expect.objectContaining({ code: 'environment/setup', cause: 'nothing makes bundles/fleet/' }),
  )
  expect(() => partOf(inputs(), 'FROM base AS tool\nCOPY bundles/tool /x\n')).toThrow(
    expect.objectContaining({ cause: 'nothing makes bundles/tool' }),
  )
})

test('the context holds the stage and what it copies', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'context-'))
  try {
    await layOut(folder, inputs(), stage)
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(
      ['Dockerfile', 'boot.conf', 'bundles', 'bundles/fleet', 'bundles/fleet/agent.js', 'bundles/fleet/boot.js'].sort(),
    )
    expect(await readFile(join(folder, 'Dockerfile'), 'utf8')).toBe(stage)
  } finally {
    await rm(folder, { recursive: true })
  }
})
