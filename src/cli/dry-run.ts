/** `--dry-run`: what would be done to whom, when, by what, and how it ends, from the same plans that a run would carry out. It needs no engine. */
import type { Command, Plan, Step } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import { sentenceFor } from '../faults/tool-steps.ts'
import type { AgentId } from '../fleet/topology.ts'
import { reproduceLine } from '../journal/asked-for.ts'
import { ttlOf } from '../run/hold.ts'
import type { PlannedLoad } from '../run/load-plan.ts'
import type { PlannedFault } from '../run/planned-fault.ts'
import { spansOf } from '../run/preflight.ts'
import type { Request } from '../run/request.ts'

export const planSchema = 'gauntlet/plan@1'

export interface PlanDocument {
  readonly schema: typeof planSchema
  readonly seed: number
  readonly reproduce: string
  readonly abortIf: readonly string[]
  readonly scenarios: readonly {
    readonly name: string
    readonly hypothesis: string
    readonly steadyMs: number
    readonly recoveryMs: number
    readonly faults: readonly PlannedUse[]
    /** Sent once all faults are held; absent: none. */
    readonly load?: PlannedLoad
  }[]
}

interface PlannedUse extends Plan {
  readonly lease: string
  readonly fault: string
  readonly needs: readonly string[]
  /** From the begin of the fault phase, where nothing takes longer than it is to be held. */
  readonly beginsMs: number
  readonly holdMs: number
  /** After which the guard beside the fault ends it, whatever became of everyone else. */
  readonly ttlMs: number
  /** Who must keep every promise meanwhile: everyone outside the radius. */
  readonly bystanders: number
}

export function planOf({ planned, asked, abortIf, configs }: Request): PlanDocument {
  const everyone = [...configs.topology.agents.keys()]
  return {
    schema: planSchema,
    seed: asked.seed,
    reproduce: reproduceLine(asked),
    abortIf: abortIf.map(({ text }) => text),
    scenarios: planned.map(({ scenario: { name, hypothesis, steadyMs, recoveryMs }, faults, load }) => ({
      name,
      hypothesis,
      steadyMs,
      recoveryMs,
      faults: spansOf(faults).map(({ fault, fromMs }) => useOf(fault, fromMs, everyone)),
      ...(load && { load }),
    })),
  }
}

function useOf({ lease, kind, plan, holdMs }: PlannedFault, beginsMs: number, everyone: readonly AgentId[]): PlannedUse {
  const { needs } = faults[kind as keyof typeof faults]
  const bystanders = everyone.filter((agent) => !plan.radius.includes(agent)).length
  return { lease, fault: kind, needs, beginsMs, holdMs, ttlMs: ttlOf(holdMs), bystanders, ...plan }
}

/** @returns 0: nothing was started, and nothing was judged */
export function showPlan(request: Request, asJson: boolean): number {
  const document = planOf(request)
  process.stdout.write(asJson ? `${JSON.stringify(document, undefined, 2)}\n` : words(document))
  return 0
}

function words({ scenarios, abortIf, reproduce }: PlanDocument): string {
  const parts = scenarios.flatMap(({ name, hypothesis, steadyMs, recoveryMs, faults, load }) => [
    name,
    `  ${hypothesis}`,
    `  steady for ${seconds(steadyMs)}, then ${faults.length === 1 ? 'the fault' : `${faults.length} faults`}, then up to ${seconds(recoveryMs)} to recover`,
    ...faults.flatMap(useWords),
    ...(load ? loadWords(load) : []),
    '',
  ])
  const ends = abortIf.length === 0 ? [] : [`Everything ends at once at ${abortIf.join(' or ')}.`]
  return [...parts, ...ends, `Nothing was started. Without --dry-run: ${reproduce}`, ''].join('\n')
}

function useWords(use: PlannedUse): string[] {
  const { fault, needs, beginsMs, holdMs, ttlMs, targets, radius, silences, restarts, bystanders, steps, lasts } = use
  return [
    '',
    `  ${fault} at ${seconds(beginsMs)}, ${lasts === 'instant' ? 'over at once, watched' : 'held'} for ${seconds(holdMs)}`,
    `    targets       ${targets.join(', ')}`,
    `    blast radius  ${radius.join(', ') || 'nobody'}; the other ${bystanders} agents must keep every promise`,
    `    falls silent  ${silences.join(', ') || 'nobody needs to'}`,
    ...(restarts ? [`    restarts      ${restarts.ids.join(', ')}; each answers again within ${seconds(restarts.withinMs)}`] : []),
    `    needs         ${needs.join(', ') || 'nothing'}`,
    `    ends          released after ${seconds(holdMs)}; by the guard beside it ${seconds(ttlMs)} after it was armed, whatever happens`,
    ...steps.flatMap(stepWords),
  ]
}

function loadWords({ design, ratePerS, slotMs, looks, old, new: changed, targets }: PlannedLoad): string[] {
  const [first, most] = [looks[0], looks.at(-1)]
  return [
    '',
    `  load, once all faults are held; they are released when it is over`,
    `    design        ${design}, judged at ${first} slots of ${seconds(slotMs)}, with more up to ${most} where they do not decide`,
    `    asks          ${ratePerS}/s of each: POST ${old.path}, the same once more, and POST ${changed.path}`,
    ...targets.map(({ machine, agents: { old, new: own } }) => {
      const others = own.join() === old.join() ? '' : `, beside ${old.join(', ')}`
      return `    on ${machine.padEnd(10)} ${own.join(', ')}${others}`
    }),
  ]
}

function stepWords({ machine, apply, sustain, effective, lasting = effective, undo, gone }: Step): string[] {
  const [inEffect, stillInEffect] = [sentenceFor(machine, effective), sentenceFor(machine, lasting)]
  return [
    `    on ${machine}`,
    `      apply        ${shown(apply)}`,
    ...(sustain ? [`      keep up      ${shown(sustain)}`] : []),
    `      in effect if ${inEffect}`,
    ...(stillInEffect === inEffect ? [] : [`      lasts while  ${stillInEffect}`]),
    `      revert       ${shown(undo)}`,
    `      reverted if  ${sentenceFor(machine, gone)}`,
  ]
}

function shown({ argv, stdin }: Command): string {
  const line = argv.map((word) => (/^[\w./:,=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
  return stdin === undefined ? line : `${line}  (told ${Buffer.byteLength(stdin)} bytes)`
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}
