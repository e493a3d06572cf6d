/** Takes look-up of names away from machines: no answer, a refusal at once, or a wrong address. What is looked up already stays. */
import Type, { type Static } from 'typebox'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty } from '../base/nonempty.ts'
import { type LanPeer, lanPeersOf } from '../fleet/lan.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { tool } from './tool-steps.ts'

const params = Type.Object(
  {
    mode: Type.Enum(['time-out', 'fail', 'wrong'], {
      default: 'time-out',
      description: 'time-out: nobody answers; fail: the server says that it cannot; wrong: every name leads to 192.0.2.1, which is nobody.',
    }),
  },
  { additionalProperties: false },
)
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
    return { targets: targets.machines, radius: [], silences: [], lasts: 'until-undone', steps }
  },
}

/** What a look-up says meanwhile. */
const said = { 'time-out': 'ETIMEOUT', fail: 'ESERVFAIL', wrong: '192\\.0\\.2\\.1' } as const

function takeAway(machine: MachineId, mode: Mode, peers: readonly LanPeer[], tag: string): Step {
  const others = peers.filter(({ name }) => name !== machine).map(({ host }) => host)
  const names = ['--names', ...others]
  const looked = tool('look-up', '--lease', tag, ...names)
  const each = (answer: string) => others.map((host) => `(?=[^]*name ${RegExp.escape(host)} ${answer}\n)`).join('')
  const isSilent = mode === 'time-out'
  return {
    machine,
    undo: tool('mend', '--lease', tag),
    apply: tool('mute', '--lease', tag, '--by', isSilent ? 'silence' : 'falsehood', ...names),
    ...(isSilent ? {} : { sustain: tool('false-names', '--lease', tag, '--answer', mode === 'wrong' ? 'wrong' : 'refuse') }),
    effective: { command: looked, expect: { matches: `^(?=[^]*rule \\w+ packets=[1-9])${each(said[mode])}` } },
    gone: { command: looked, expect: { matches: `^(?!rule )${each('(?!192\\.0\\.2\\.1\n)\\d+\\.\\d+\\.\\d+\\.\\d+')}` } },
  }
}
