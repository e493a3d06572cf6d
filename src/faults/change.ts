/**
 * A change, most often one that goes in bad: one commit by the machine's own deploy path, and a restart. The release is its rollback, by the plan's own
 * steps: `git revert`, and a restart of what it touched. Both are proven by the repository, by the process table, and by what the
 * agents do.
 */
import Type, { type Static } from 'typebox'
import type { Behaviour } from '../answers/behaviour.ts'
import { GauntletError } from '../base/errors.ts'
import { isNonEmpty, type NonEmpty } from '../base/nonempty.ts'
import { allOf, type Predicate, pathOf } from '../base/predicate.ts'
import { byMachine } from '../fleet/by-machine.ts'
import { configEdit, freePort, type Values } from '../fleet/config-edit.ts'
import { deployedBootScript, projectRoot } from '../fleet/contract.ts'
import type { DeployedEdit } from '../fleet/deployed-edit.ts'
import type { Agent, Machine, MachineId, Topology } from '../fleet/topology.ts'
import type { Fault, Step } from './fault.ts'
import { is, query, restartMs, tool, toolTold } from './tool-steps.ts'
import { namesOn, networkOf, ofAgents, repositoryOf } from './ways.ts'

const kinds = ['port', 'config', 'baseagent', 'exporter', 'hub', 'boot-script', 'log-handler', 'release', 'both-releases'] as const
/** No agent falls silent for longer than a restart: one whose reports arrive nowhere is healthy itself, and a release may be as good as the last. */
const wellAfterwards: readonly string[] = ['hub', 'release', 'both-releases']

const params = Type.Object(
  {
    what: Type.Enum(kinds, {
      default: 'port',
      expected: `one of ${kinds.join(', ')}`,
      description: [
        'port: the health port moves, and whoever asks is not told',
        'config: port and health port change places',
        'baseagent: the migration to BaseAgent installs the old variant',
        'exporter: the flag of the side-car is no text, and the agent does not start',
        'hub: reports go to where no hub is',
        'boot-script: it looks for scripts beside itself, and starts nobody',
        'log-handler: it is no handler, and the agent does not start',
        'release: the second release of the work, instead of the first',
        'both-releases: the second release of the work, beside the first',
      ].join('; '),
    }),
  },
  { additionalProperties: false },
)
type What = Static<typeof params>['what']

interface Bad {
  /** In the agent's entry of the startup config. */
  readonly config?: Values
  readonly script?: DeployedEdit
  readonly old: Behaviour
  readonly new: Behaviour
}

/** An agent reports for the first time eight seconds after its start. */
const proofMs = 14_000
/** Nobody listens there, on any machine. */
const nowhere = 'http://127.0.0.1:9'
const well: Predicate = {
  any: [is('/body/status', 'healthy'), ...['ok', 'online', 'OK', 'HEALTHY', 'ONLINE'].map((word) => is('/body/status', word))],
}

export const change: Fault<typeof params> = {
  kind: 'change',
  summary: 'deploys a change, most often a bad one, as one commit with a restart; its release is the rollback',
  needs: ['supervisor'],
  params,
  plan(topology, targets, { what }, tag) {
    if (!('agents' in targets)) throw wrong('its targets are machines; it changes agents')
    const { agents } = targets
    const steps = byMachine(topology, agents).map(([machine, here]) => step(machine, here, what, topology, tag))
    if (!isNonEmpty(steps)) throw wrong(`no agent ${agents.join(', ')} in this fleet`)
    const ways = ofAgents(topology, agents)
    return {
      targets: agents,
      radius: agents,
      ...(wellAfterwards.includes(what) ? { silences: [], restarts: { ids: agents, withinMs: restartMs } } : { silences: agents }),
      takes: [...ways.machines.map(repositoryOf), ...ways.processes, ...ways.answers],
      // What agents do after a change is seen on the network.
      reliesOn: [
        ...[...ways.ground, ...ways.processes, ...ways.supervisors],
        ...ways.machines.flatMap((machine) => [repositoryOf(machine), namesOn(machine), networkOf(machine)]),
      ],
      lasts: 'until-undone',
      proofMs,
      steps,
    }
  },
}

function step(machine: MachineId, agents: NonEmpty<Agent>, what: What, topology: Topology, tag: string): Step {
  const names = agents.map(({ name }) => name)
  const given = new Set<number>()
  const bad = agents.map((agent) => ({ agent, name: agent.name, ...badOf(what, topology, agent, given) }))
  const by = what === 'boot-script' ? 'boot-script' : 'supervisor'
  const look = toolTold({ agents: bad.map(({ name, old, new: changed }) => ({ name, old, new: changed })) }, 'changed', '--lease', tag)
  const seen = (state: string, ofEach: (at: (key: string) => string) => readonly Predicate[]): readonly Predicate[] => [
    is('/kind', what),
    is('/answer', 'taken'),
    is('/state', state),
    ...names.flatMap((name) => ofEach((key) => pathOf('agents', name, key))),
  ]
  return {
    machine,
    undo: tool('change-back', '--lease', tag, '--by', by, '--process', ...names),
    apply: toolTold({ kind: what, edits: editsOf(topology, machine, bad), expect: 'taken', restart: names, by }, 'change', '--lease', tag),
    effective: query(
      look,
      ...seen('other', (at) => [{ any: [is(at('process'), 'fresh'), is(at('process'), 'none')] }, is(at('behaviour'), 'new')]),
    ),
    gone: query(look, ...seen('old', (at) => [is(at('process'), 'fresh'), is(at('behaviour'), 'old')])),
  }
}

/** @param given ports that others of this change have got */
function badOf(what: What, topology: Topology, agent: Agent, given: Set<number>): Bad {
  const { port, healthPort, scriptPath: path } = agent
  const health = (at: number, shows: Predicate): Behaviour => ({ url: `http://127.0.0.1:${at}/health`, shows })
  const silent = health(healthPort, is('/problem', 'ECONNREFUSED'))
  const old = health(healthPort, well)
  if (what === 'port') {
    const other = freePort(topology, agent.machine, healthPort + 1, given)
    return { config: { health_check_port: other }, old, new: health(other, well) }
  }
  if (what === 'config') return { config: { port: healthPort, health_check_port: port }, old, new: health(port, well) }
  if (what === 'baseagent') return { script: { path, agent: 'legacy' }, old, new: health(healthPort, is('/problem', 'no answer')) }
  if (what === 'exporter') return { script: { path, environment: { EXPORTER_SIDECAR: true } }, old, new: silent }
  if (what === 'log-handler') return { script: { path, log: 'unbounded' }, old, new: silent }
  if (what === 'boot-script') {
    const script = { path: deployedBootScript, from: `--scripts ${projectRoot} `, to: `--scripts ${projectRoot}/scripts ` }
    return { script, old, new: silent }
  }
  if (what === 'release' || what === 'both-releases') {
    const asks = what === 'release' ? 'work' : 'work/2'
    const answers = (shows: Predicate): Behaviour => ({ url: `http://127.0.0.1:${port}/${asks}`, post: true, shows })
    const script = { path, environment: { WORK_RELEASE: what === 'release' ? '2' : '1,2' } }
    const before =
      what === 'release' ? is('/body/release', '1') : allOf([is('/status', 404), is('/body/error', 'deployed are the releases 1')])
    return { script, old: answers(before), new: answers(is('/body/release', '2')) }
  }
  const reports = (shows: Predicate): Behaviour => ({ url: `http://127.0.0.1:${port}/reports`, shows })
  const some = (path: string): Predicate => ({ path, op: 'atLeast', value: 1 })
  return {
    script: { path, environment: { OBS_HUB_URL: nowhere } },
    old: reports(some('/body/accepted')),
    new: reports(allOf([is('/body/accepted', 0), some('/body/lost')])),
  }
}

function editsOf(topology: Topology, machine: MachineId, bad: readonly (Bad & { readonly agent: Agent })[]): readonly DeployedEdit[] {
  const entries = bad.flatMap(({ agent, config }) => (config === undefined ? [] : [{ agent, values: config }]))
  const edit = entries.length === 0 ? undefined : configEdit(topology.machines.get(machine) as Machine, entries)
  if (typeof edit === 'string') throw wrong(edit)
  const scripts = new Map(bad.flatMap(({ script }) => (script === undefined ? [] : [[script.path, script] as const]))) // agents may share one
  return [...(edit === undefined ? [] : [edit]), ...scripts.values()]
}

function wrong(why: string): GauntletError {
  return new GauntletError('usage/fault', `planning change: ${why}`)
}
