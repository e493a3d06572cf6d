/** Takes look-up of names away from machines: no answer, a refusal at once, or a wrong address. What is looked up already stays. */
import Type, { type Static } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty } from '../base/nonempty.ts'
import { pathOf } from '../base/predicate.ts'
import { type LanPeer, lanPeersOf } from '../fleet/lan.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { is, query, tool } from './tool-steps.ts'
import { namesOn, namespacesOf } from './ways.ts'

const params = Type.Object(
  {
    mode: Type.Enum(['time-out', 'fail', 'wrong'], {
      default: 'time-out',
      description: 'time-out: nobody answers; fail: the server says that it cannot; wrong: every name leads to 192.0.2.1, which is nobody.',
    }),
  },
  { additionalProperties: false },
)
/** Nobody's: set aside for documentation. */
const wrongAddress = '192.0.2.1'

type Mode = Static<typeof params>['mode']

export const dns: Fault<typeof params> = {
  kind: 'dns',
  summary: 'takes name look-up away from machines: no answer, a refusal, or a wrong address',
  needs: ['iptables', 'notrack'],
  params,
  plan(topology, targets, { mode }, tag) {
    if (!('machines' in targets))
      throw new GauntletError('usage/fault', 'planning dns: its targets are agents; all on a machine look names up at one place')
    const peers = [...lanPeersOf(topology).values()]
    const steps = targets.machines.map((machine) => takeAway(machine, mode, peers, tag))
    if (!isNonEmpty(steps)) throw new GauntletError('usage/fault', 'planning dns: no machine of this fleet is named')
    const takes = targets.machines.map(namesOn)
    const reliesOn = targets.machines.flatMap((machine) => [namespacesOf(machine), namesOn(machine)])
    return { targets: targets.machines, radius: [], silences: [], takes, reliesOn, lasts: 'until-undone', steps }
  },
}

/** What a look-up says meanwhile. */
const said = {
  'time-out': { problem: 'ETIMEOUT' },
  fail: { problem: 'ESERVFAIL' },
  wrong: { address: wrongAddress },
} as const

function takeAway(machine: MachineId, mode: Mode, peers: readonly LanPeer[], tag: string): Step {
  const others = peers.filter(({ name }) => name !== machine).map(({ host }) => host)
  const names = ['--names', ...others]
  const looked = tool('look-up', '--lease', tag, ...names)
  const isSilent = mode === 'time-out'
  const answered = others.flatMap((host) => Object.entries(said[mode]).map(([key, value]) => is(pathOf('names', host, key), value)))
  const found = others.flatMap((host) => [
    is(pathOf('names', host, 'problem'), null),
    { path: pathOf('names', host, 'address'), op: 'not' as const, value: wrongAddress },
  ])
  return {
    machine,
    undo: tool('mend', '--lease', tag),
    apply: tool('mute', '--lease', tag, '--by', isSilent ? 'silence' : 'falsehood', ...names),
    ...(isSilent ? {} : { sustain: tool('false-names', '--lease', tag, '--answer', mode === 'wrong' ? wrongAddress : 'refuse') }),
    effective: query(looked, { path: '/packets', op: 'atLeast', value: 1 }, ...answered),
    gone: query(looked, is('/rules', 0), ...found),
  }
}
