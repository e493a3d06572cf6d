/** Whether the boot scripts validate at all: each is given its own config with one violation planted in it, for a dry run that must refuse. */
import { GauntletError } from '../base/errors.ts'
import { withValue } from '../config/edit.ts'
import { readStartup } from '../config/startup.ts'
import { bootScript, configGiven } from '../fleet/contract.ts'
import type { ExecAnswer } from '../fleet/engine.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Machine, Topology } from '../fleet/topology.ts'
import type { ValidationEvent } from '../journal/event.ts'

const withinMs = 10_000
const lines = 5
/** A key of an agent that only the schema objects to: a reading that merely makes out what it can passes over it. */
const violation = 'planted_violation'

/** @throws GauntletError environment/engine; the signal's reason */
export function plantedViolations(
  fleet: Pick<Fleet, 'machine'>,
  { machines }: Topology,
  signal: AbortSignal,
): Promise<readonly ValidationEvent[]> {
  return Promise.all([...machines.values()].map((machine) => offered(fleet, machine, signal)))
}

async function offered(fleet: Pick<Fleet, 'machine'>, machine: Machine, signal: AbortSignal): Promise<ValidationEvent> {
  const event = { kind: 'validation', machine: machine.id } as const
  try {
    const { planted, stdin } = violated(machine)
    const answer = await fleet.machine(machine.id).run([bootScript, '--dry-run', '--config', '-'], { stdin, timeoutMs: withinMs, signal })
    return { ...event, planted, answer: answerIn(answer), said: `${answer.stdout}${answer.stderr}`.trim().split('\n').slice(0, lines) }
  } catch (error) {
    if (!(error instanceof GauntletError) || error.code === 'environment/engine') throw error
    return { ...event, planted: 'nothing', answer: 'unclear', said: [error.message] }
  }
}

/** @throws GauntletError usage/file where its config has no agent, or none with a place for it */
function violated({ configFile: file, configText: text, variables }: Machine): { planted: string; stdin: string } {
  const read = readStartup({ file, text }, variables)
  const agent = 'config' in read ? read.config.agents[0] : undefined
  if (agent === undefined) throw new GauntletError('usage/file', `planting a violation in ${file}: it lists no agent`)
  return { planted: `the unknown key ${violation} of ${agent.name}`, stdin: withValue(text, [...agent.path, violation], true) }
}

/** Only an answer to the config that was given is one, and only a refusal that names the violation is a refusal of it. */
function answerIn({ exitCode, stdout }: ExecAnswer): ValidationEvent['answer'] {
  if (!stdout.startsWith(`${configGiven}\n`)) return 'unclear'
  if (exitCode === 0) return 'accepted'
  return stdout.split('\n').some((line) => line.startsWith('invalid-config: ') && line.includes(violation)) ? 'refused' : 'unclear'
}
