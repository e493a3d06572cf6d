/**
 * What is looked at before a fault is armed: whether it can be done here at all, and whether it would hit what must not be hit. What
 * cannot be done is refused with the reason; it is never left out, since a scenario without its fault shows nothing.
 */
import { GauntletError, type Problem } from '../base/errors.ts'
import type { NonEmpty } from '../base/nonempty.ts'
import type { Ability, Plan } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import type { MachineId, Topology } from '../fleet/topology.ts'
import { isOffLimits } from '../scenario/off-limits.ts'
import type { Hands } from './hold.ts'
import type { PlannedFault } from './planned-fault.ts'

/** How an ability is found out: of the kernel, by trying it before anything is brought up; of the fleet, by a command on each machine. */
const foundBy: Readonly<Record<Ability, 'kernel' | NonEmpty<string>>> = {
  iptables: 'kernel',
  statistic: 'kernel',
  redirect: 'kernel',
  notrack: 'kernel',
  owner: 'kernel',
  netem: 'kernel',
  tbf: 'kernel',
  supervisor: ['tool', 'can', 'supervisor'],
  engine: 'kernel',
  'nested-cgroup': 'kernel',
  vdso: 'kernel',
}

/** What was seen when an ability of the kernel was tried. */
export type Tried = ReadonlyMap<string, { readonly outcome: string; readonly said: string }>

function needsOf(kind: string): readonly Ability[] {
  return Object.hasOwn(faults, kind) ? faults[kind as keyof typeof faults].needs : []
}

/** @throws GauntletError environment/ability naming every fault that needs what this kernel was not seen to do */
export function requireKernel(planned: readonly Pick<PlannedFault, 'lease' | 'kind'>[], tried: Tried, needs = needsOf): void {
  const problems = planned.flatMap(({ lease, kind }) =>
    needs(kind)
      .filter((ability) => foundBy[ability] === 'kernel' && tried.get(ability)?.outcome !== 'works')
      .map((ability) => lacking(lease, kind, ability, 'the kernel', tried.get(ability)?.said ?? 'it was not tried')),
  )
  refuse(problems)
}

/** @throws GauntletError environment/ability naming every fault and machine, and what was seen there */
export async function requireFleet(hands: Hands, planned: readonly PlannedFault[], signal: AbortSignal): Promise<void> {
  const answers = new Map<string, Promise<string | undefined>>()
  const asked = (machine: MachineId, command: NonEmpty<string>) => {
    const key = `${machine} ${command.join(' ')}`
    const answer = answers.get(key) ?? ask(hands, machine, command, signal)
    answers.set(key, answer)
    return answer
  }
  const questions = planned.flatMap(({ lease, kind, plan }) =>
    needsOf(kind).flatMap((ability) => {
      const command = foundBy[ability]
      if (command === 'kernel') return []
      return [...new Set(plan.steps.map(({ machine }) => machine))].map(async (machine) => {
        const problem = await asked(machine, command)
        return problem === undefined ? [] : [lacking(lease, kind, ability, machine, problem)]
      })
    }),
  )
  refuse((await Promise.all(questions)).flat())
}

async function ask(hands: Hands, machine: MachineId, command: NonEmpty<string>, signal: AbortSignal): Promise<string | undefined> {
  const { exitCode, stderr } = await hands.tool(machine).run(command, { signal })
  return exitCode === 0 ? undefined : stderr.trim() || `\`${command.join(' ')}\` ended with ${exitCode}`
}

function lacking(lease: string, kind: string, ability: Ability, where: string, saw: string): Problem {
  return { message: `${lease}: ${kind} needs ${ability}, and ${where} has it not: ${saw}`, expected: `${ability} that works` }
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return
  const words = problems.map(({ message }) => message).join('; ')
  throw new GauntletError('environment/ability', `looking whether the faults can be done here: ${words}`, { problems })
}

/**
 * Plans that name what watches and undoes: nobody could say any more what happened, or end it. Also two that are held at the same time,
 * where the one takes away what the other relies on: what is seen of the one would be the other's doing.
 */
export function planProblems(planned: readonly PlannedFault[], topology: Topology): readonly Problem[] {
  return [
    ...planned.flatMap(({ lease, kind, plan, place }) =>
      offLimits(plan, topology).map((word) => ({
        ...place,
        message: `${lease}: ${kind} would touch ${word}, which watches the fleet or ends its faults`,
        expected: 'agents, machines, and what stands on the data network',
      })),
    ),
    ...overlaps(planned),
  ]
}

/** A fault may well stand in a tool container and leave `mgmt` out by name in a script: whole words are what it is aimed at. */
function offLimits({ steps, targets }: Plan, { machines }: Topology): readonly string[] {
  const words = steps.flatMap(({ apply, sustain }) => [apply, sustain].flatMap((command) => command?.argv.slice(1) ?? []))
  const mgmtNames = [...machines.values()].map(({ mgmtName }) => mgmtName)
  return [...new Set([...words, ...targets].filter((word) => mgmtNames.includes(word) || isOffLimits(word)))]
}

function overlaps(planned: readonly PlannedFault[]): readonly Problem[] {
  const spans = spansOf(planned)
  return spans.flatMap((one, place) =>
    spans.slice(place + 1).flatMap((other) => {
      if (one.fromMs >= other.toMs || other.fromMs >= one.toMs) return []
      const message = conflict(one.fault, other.fault)
      return message === undefined
        ? []
        : [{ ...other.fault.place, message, expected: 'one after the other, other targets, or another kind' }]
    }),
  )
}

/** Why two faults cannot be held at the same time; undefined: they can. */
function conflict(one: PlannedFault, other: PlannedFault): string | undefined {
  const both = `${one.lease} and ${other.lease}`
  const shared = one.plan.targets.filter((target) => other.plan.targets.includes(target as never))
  if (one.kind === other.kind && shared.length > 0) return `${both}: two of ${one.kind} hold ${shared.join(', ')} at the same time`
  for (const [taker, relying] of [
    [one, other],
    [other, one],
  ] as const) {
    const [way] = taker.plan.takes.filter((each) => relying.plan.reliesOn.includes(each))
    if (way !== undefined) return `${both}: ${taker.kind} takes away ${way}, which ${relying.kind} relies on to be proven and undone`
  }
  return undefined
}

/** When each is held, from the begin of the fault phase, as far as a plan can know. */
export function spansOf(
  planned: readonly PlannedFault[],
): readonly { readonly fault: PlannedFault; readonly fromMs: number; readonly toMs: number }[] {
  let latestMs = 0
  return planned.map((fault) => {
    const fromMs = fault.atMs ?? latestMs
    latestMs = Math.max(latestMs, fromMs + fault.holdMs)
    return { fault, fromMs, toMs: fromMs + fault.holdMs }
  })
}
