/** Of what kind a run is: whatever must be the same in runs that are counted together. Seeds, hosts and times may differ. */
import type { AskedFor } from '../journal/asked-for.ts'
import type { History } from '../journal/history.ts'

/** What → how it is, in words. */
type Section = Readonly<Record<string, string>>
/** A section that only one of two runs has got as far as says nothing of the other. */
export type Traits = ReadonlyMap<string, Section>

export interface Difference {
  readonly about: string
  readonly is: string
  readonly was: string
}

export function traitsOf({ run, topology, scenarios, observer }: History): Traits {
  const traits = new Map<string, Section>()
  traits.set('run', {
    'what was asked for': run.asked === undefined ? `unknown in ${run.id}` : asksFor(run.asked),
    suite: run.suite.name,
    'scenarios of the suite': listed(run.suite.scenarios),
    'required criteria': listed(run.suite.requires),
    profile: run.profile,
    'time scale': String(run.timeScale),
    defects: listed(run.defects.map(({ id, on }) => `${id} on ${listed(on)}`)),
    Vault: run.vault,
    'commit of the harness': run.commit ?? 'none',
    ...named('image', run.images),
    ...named('promise', run.promises),
  })
  if (observer !== undefined) {
    const { intervalMs, timeoutMs, latenessMs } = observer
    traits.set('probes', { 'probes every': `${intervalMs} ms`, 'time-out of a probe': `${timeoutMs} ms`, 'late after': `${latenessMs} ms` })
  }
  if (topology !== undefined)
    traits.set(
      'fleet',
      Object.fromEntries(
        topology.agents.map(({ id, role, port, healthPort, dependsOn }) => {
          return [`agent ${id}`, `${role} on ${port} and ${healthPort}, needs ${listed(dependsOn)}`]
        }),
      ),
    )
  for (const { declared, of } of scenarios) {
    const { name, criteria, limits, alerts, planned } = declared
    const told = alerts?.map(
      // Not what they are about: of the agents that the seed draws, another one in each run.
      ({ alert, level, channel, subjects: _, ...times }) => `${level} ${alert} to ${channel} ${Object.values(times).join('/')} ms`,
    )
    const about = {
      criteria: listed(criteria),
      ...named('limit', limits),
      ...named('planned', planned),
      alerts: told === undefined ? 'not said' : listed(told),
    }
    traits.set(`scenario ${name}`, named(`scenario ${name}:`, about))
    for (const [place, { fault, holdMs, lasts, targets }] of of('plan').entries()) {
      const what = `fault ${place + 1} of ${name}`
      traits.set(what, { [what]: `${fault} of ${targets.length}, ${lasts}, held for ${holdMs} ms` })
    }
  }
  return traits
}

/**
 * As far as the other traits do not show it: at whom it was aimed, what of it was left out, what ends it early. A scenario is the same
 * wherever its file lies, and a list in whatever order it was given.
 */
function asksFor({ command, scenario = '', only, targets, abortIf }: AskedFor): string {
  const lists = { 'abort-if': abortIf, only, target: targets }
  const options = Object.entries(lists).filter(([, values]) => values.length > 0)
  const words = options.map(([name, values]) => `--${name} ${[...new Set(values)].sort().join()}`)
  return [command, scenario.replace(/^.*\/|\.ya?ml$/g, ''), ...words].filter((word) => word !== '').join(' ')
}

/** Of two runs that both got as far as this section. */
export function differences(was: Section, is: Section): readonly Difference[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((about) => was[about] !== is[about])
    .map((about) => ({ about, is: is[about] ?? 'absent', was: was[about] ?? 'absent' }))
}

function named(what: string, values: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${what} ${name}`, String(value)]))
}

function listed(words: readonly string[]): string {
  return words.join(', ') || 'none'
}
