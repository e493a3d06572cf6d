import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EventBody } from '../journal/event.ts'
import { leftoversSince, ownLeftovers, takeHostSnapshot } from './host.ts'

const run = `host-test-${process.pid}`

test('containers by how they are, networks, volumes, files and processes are one snapshot of this host', async () => {
  const written: EventBody[] = []
  const containers = async () => [{ id: '1', name: 'tool-a', labels: {}, state: 'paused', status: 'Up (Paused)' }]
  const leftovers = async () => ({ containers: ['tool-a'], networks: ['lan'], volumes: ['logs'] })
  await takeHostSnapshot({ run, containers, leftovers }, 'after', (body) => written.push(body))
  expect(written).toMatchObject([{ kind: 'snapshot', when: 'after', machine: 'this host' }])
  const [snapshot] = written as Extract<EventBody, { kind: 'snapshot' }>[]
  expect(snapshot?.lines).toEqual(expect.arrayContaining(['container tool-a paused', 'network lan', 'volume logs']))
})

test('a file in tmp with the name of the run is found, as is a process that was started and goes on', async () => {
  const before = ownLeftovers(run)
  expect(before.files).toEqual([])
  const nothing = leftoversSince(run)
  const folder = mkdtempSync(join(tmpdir(), `of-${run}-`))
  const child = spawn('sleep', ['4717'])
  await new Promise((done) => child.once('spawn', done))
  const { files, processes } = ownLeftovers(run)
  expect(nothing.since()).toEqual({ files, processes: ['sleep 4717'] })
  expect(leftoversSince(run).since()).toEqual({ files: [], processes: [] })
  child.kill('SIGKILL')
  await new Promise((done) => child.once('close', done))
  rmSync(folder, { recursive: true })
  expect(files).toEqual([folder])
  expect(processes).toContain('sleep 4717')
  expect(ownLeftovers(run).processes).not.toContain('sleep 4717')
})
