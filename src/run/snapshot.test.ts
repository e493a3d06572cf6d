import { expect, test } from 'vitest'
import type { MachineId } from '../fleet/topology.ts'
import type { EventBody } from '../journal/event.ts'
import type { Hands } from './hold.ts'
import { takeSnapshots } from './snapshot.ts'

const machines = ['a', 'b'] as MachineId[]
const never = new AbortController().signal

function answering(exitCodes: Readonly<Record<string, number>> = {}): Hands {
  return {
    tool: (machine) => ({
      run: async () => ({ exitCode: exitCodes[machine] ?? 0, stdout: `listen ${machine}\nmount x\n`, stderr: 'no tc' }),
    }),
  }
}

test('every machine has its own', async () => {
  const journal: EventBody[] = []
  await takeSnapshots(answering(), machines, 'before', (body) => journal.push(body), never)
  expect(journal).toEqual(
    machines.map((machine) => ({ kind: 'snapshot', when: 'before', machine, lines: [`listen ${machine}`, 'mount x'] })),
  )
})

test('one that could not be taken whole is an error, not an empty one', async () => {
  await expect(takeSnapshots(answering({ b: 1 }), machines, 'after', () => {}, never)).rejects.toThrow('on b ended with 1: no tc')
})
