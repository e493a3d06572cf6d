/** What a person would do in a machine of a small fleet: look at processes, ask by HTTP, read logs. */
import Docker from 'dockerode'
import { machineLabel, roleLabel, type ServiceRole } from '../../src/fleet/compose.ts'
import { optionsOf } from '../../src/fleet/engine.ts'
import type { AgentId, MachineId } from '../../src/fleet/topology.ts'
import { processes, type SmallFleet } from '../small-fleet.ts'

export interface Answered {
  readonly status: number
  readonly body: unknown
}

/** @throws Error when it ends with anything but 0 */
export async function inMachine({ fleet }: SmallFleet, machine: MachineId, ...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await fleet.machine(machine).run(argv, { timeoutMs: 60_000 })
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} in ${machine} ended with ${exitCode}: ${stdout}${stderr}`)
  return stdout
}

/** One POST of a text as it is, from inside the machine. */
export async function post(small: SmallFleet, machine: MachineId, url: string, text: string): Promise<Answered> {
  const program = `const [url, body] = process.argv.slice(1)
    const http = require('node:http')
    http.request(url, { method: 'POST', agent: false, timeout: 10000 }, async (answer) => {
      console.log(JSON.stringify({ status: answer.statusCode, body: await new Response(answer).json() }))
    }).end(body)`
  return JSON.parse(await inMachine(small, machine, 'node', '-e', program, url, text)) as Answered
}

export async function get(small: SmallFleet, machine: MachineId, url: string): Promise<string> {
  const { stdout, stderr } = await small.fleet.tool(machine).run(['tool', 'fetch', url])
  return stdout === '' ? stderr : stdout
}

/** The container of a machine's server: to be stopped and started as its engine does it. */
export async function serverOf(small: SmallFleet, role: ServiceRole, machine: MachineId): Promise<Docker.Container> {
  const isIt = (labels: Readonly<Record<string, string>>) => labels[roleLabel] === role && labels[machineLabel] === machine
  const container = (await small.fleet.containers()).find(({ labels }) => isIt(labels))
  if (container === undefined) throw new Error(`no ${role} of ${machine}`)
  return new Docker(optionsOf(small.ready.engine)).getContainer(container.id)
}

/** Its repository holds what it was deployed with, which comes seconds after its start. */
export async function isCommitted(small: SmallFleet, machine: MachineId): Promise<boolean> {
  return (await small.fleet.machine(machine).run(['git', 'rev-parse', '--verify', 'HEAD'])).exitCode === 0
}

export async function signal(small: SmallFleet, agent: AgentId, word: 'STOP' | 'CONT'): Promise<void> {
  const { machine, name } = small.topology.agents.get(agent) as { machine: MachineId; name: string }
  const pid = (await processes(small, machine)).get(name)
  await inMachine(small, machine, 'kill', `-${word}`, String(pid))
}

/** A sample's value; undefined where there is none. */
export function sample(exposition: string, name: string, labels = ''): number | undefined {
  const line = exposition.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(labels))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}
