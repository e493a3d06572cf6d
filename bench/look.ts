/**
 * What one look into a container costs in processor time, wherever it is spent: in the container, by this process and its children, and
 * by the engine, which starts a program for each that is executed. Beside the same look by `docker exec`.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import Docker from 'dockerode'
import { optionsOf } from '../src/fleet/engine.ts'
import { mainpc, processes, type SmallFleet } from '../suites/small-fleet.ts'
import { byTurns } from './by-turns.ts'
import { atMost, type Row } from './row.ts'

const rounds = 3
/** So many that what the kernel counts in ticks of 10 ms is less than a tenth of a millisecond of a look. */
const looks = 50
const tickMs = 10 // USER_HZ is 100 on every Linux

export function lookRows(small: () => Promise<SmallFleet>): readonly Row[] {
  return [
    {
      id: 'look',
      what: 'processor time of one look into a container',
      how: `How an agent's process stands, asked ${looks} times: what the container, this process with its children, and the engine's processes with theirs have used; the one in the middle of ${rounds}. On an engine that others use, it is too high.`,
      unit: 'ms',
      against: '`docker exec … cat /proc/…/stat`',
      target: atMost(3),
      measure: async () => {
        const { ours, byHand } = await costs(await small())
        return { value: ours, other: byHand }
      },
    },
  ]
}

async function costs(small: SmallFleet) {
  const tool = (await small.fleet.containers()).find(({ name }) => name.includes(`tool-${mainpc}`))?.id ?? ''
  const pid = (await processes(small, mainpc)).get('Worker') ?? Number.NaN
  const hand = small.fleet.tool(mainpc)
  const ours = async () => {
    const { exitCode, stderr } = await hand.run(['tool', 'process', 'Worker'])
    if (exitCode !== 0) throw new Error(`the look ended with ${exitCode}: ${stderr}`)
  }
  const byHand = () => void execFileSync('docker', ['--host', small.ready.engine, 'exec', tool, 'cat', `/proc/${pid}/stat`])
  const container = new Docker(optionsOf(small.ready.engine)).getContainer(tool)
  const usedMs = async (deed: () => unknown) => {
    const inContainerMs = async () => (await container.stats({ stream: false, 'one-shot': true })).cpu_stats.cpu_usage.total_usage / 1e6
    // Within the engine's own account, so that what it takes to ask it is not counted.
    const before = { container: await inContainerMs(), outside: outsideMs() }
    for (let look = 0; look < looks; look += 1) await deed()
    const after = { outside: outsideMs(), container: await inContainerMs() }
    return (after.container - before.container + after.outside - before.outside) / looks
  }
  return byTurns(rounds, async () => ({ ours: await usedMs(ours), byHand: await usedMs(byHand) }))
}

/** Of this process, of the engine's, and of the children of either that have ended. */
function outsideMs(): number {
  const engine = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && /^(dockerd|containerd)/.test(commandOf(pid)))
  if (engine.length === 0) throw new Error('this host shows no process of an engine; the bench needs an engine on this host')
  return [String(process.pid), ...engine].reduce((sum, pid) => sum + usedMs(pid), 0)
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8')
  } catch {
    return '' // it has ended meanwhile
  }
}

function usedMs(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * tickMs
}
