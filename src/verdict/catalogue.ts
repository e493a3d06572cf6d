/** Every promise there is, whether it can be judged yet or not: what was not judged is shown as such, never left out. */
import { checks } from '../checks/index.ts'

interface Criterion {
  readonly id: string
  readonly promise: string
  /** A scenario that exercises it, to be named where none did. */
  readonly exercisedBy: string
}

export const catalogue: readonly Criterion[] = [
  { ...known('uptime'), exercisedBy: 'baseline' },
  { ...known('coverage'), exercisedBy: 'baseline' },
  { ...known('exporter'), exercisedBy: 'baseline' },
  { id: 'leaks', promise: 'no credential leaks in processes and logs', exercisedBy: 'leak-hunt' },
  { ...known('latency'), exercisedBy: 'latency-change' },
  { ...known('rollback'), exercisedBy: 'rollback-config' },
  { ...known('recovery'), exercisedBy: 'agent-kill' },
  { ...known('durability'), exercisedBy: 'hub-loss-central' },
  { ...known('alerts'), exercisedBy: 'hub-loss-both' },
  { ...known('config'), exercisedBy: 'boot' },
  { ...known('residue'), exercisedBy: 'baseline' },
]

function known(id: keyof typeof checks): Pick<Criterion, 'id' | 'promise'> {
  return { id, promise: checks[id].promise }
}
