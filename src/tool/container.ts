/**
 * What the hand does to whole containers of its run, named as the compose file names them.
 *
 *     tool container kill --lease ID --part P --service S…   and `pause`: remembered before it is done
 *     tool container back --lease ID --part P                starts or unpauses those, and joins anew whoever stood in their namespaces
 *     tool container-state --lease ID --part P --service S… --ask PORT/PATH
 *
 * A part is one step of the lease, which remembers its own. Of services whose state is asked, the first is also asked for an answer: from
 * within its own network, by the tool container that stands there, since another fault may have cut it off; from outside where there is none.
 */
import type { Static } from 'typebox'
import type { container as containers } from '../answers/containers.ts'
import { bootScript } from '../fleet/contract.ts'
import { ask, type Container, containersOfRun, exitCodeIn, type Inspected, inspect, serviceIn } from './engine-client.ts'
import { get } from './fetch.ts'
import { flags, one, some } from './flags.ts'
import { type HurtContainer, note, noted } from './lease-folder.ts'
import { done, type Io, misused, Refusal } from './verb.ts'

/** Where nobody is to answer, each look takes as long. */
const silenceMs = 400
/** Of one that runs, on a machine that others keep busy. */
const answerMs = 2_500

const known = ['lease', 'part', 'service', 'ask']

export async function container([deed = '', ...args]: readonly string[], io: Io): Promise<number> {
  const found = flags(args, known)
  const part: Part = { lease: one(found, 'lease'), part: one(found, 'part') }
  if (deed === 'kill' || deed === 'pause') return hurt(part, deed, some(found, 'service'), one(found, 'ask'), io)
  if (deed === 'back') return back(part, io)
  io.warn(`container can kill, pause, or bring back; not ${JSON.stringify(deed)}`)
  return misused
}

interface Part {
  readonly lease: string
  readonly part: string
}

function remembered({ lease, part }: Part): readonly HurtContainer[] {
  return (noted(lease, 'containers') ?? []).filter((container) => container.part === part)
}

async function hurt({ lease, part }: Part, deed: 'kill' | 'pause', services: readonly string[], place: string, io: Io): Promise<number> {
  const all = await containersOfRun()
  const targets = services.map((service) => serviceIn(all, service))
  const notRunning = targets.filter(({ state }) => state !== 'running')
  if (notRunning.length > 0) throw new Refusal(notRunning.map(({ service, state }) => `${service} is ${state}, and not running`).join('; '))
  const known = await Promise.all(targets.map(({ id, service }) => asItWas(part, id, service)))
  if (!(await answers(known[0]?.address, place, answerMs)))
    throw new Refusal(`${known[0]?.service} does not answer at ${place}: its silence would show nothing`)
  note(lease, 'containers', [...(noted(lease, 'containers') ?? []), ...known])
  for (const { id, service } of known) {
    await ask('POST', `/containers/${id}/${deed}`)
    io.print(`${service} ${deed}`)
  }
  return done
}

async function asItWas(part: string, id: string, service: string): Promise<HurtContainer> {
  const seen = await inspect(id)
  return { part, id, service, address: await addressOf(seen), startedAt: seen.State.StartedAt }
}

async function back(part: Part, io: Io): Promise<number> {
  const hurtOnes = remembered(part)
  for (const { id, service } of hurtOnes) {
    const { State } = await inspect(id)
    if (State.Status === 'paused') await ask('POST', `/containers/${id}/unpause`)
    else if (State.Status === 'exited') await ask('POST', `/containers/${id}/start`)
    else continue
    io.print(`${service} was ${State.Status}`)
  }
  const all = await containersOfRun()
  for (const { id } of hurtOnes) await rejoin(id, all, io)
  for (const { id } of hurtOnes)
    await boot(
      part.lease,
      all.find((container) => container.id === id),
      io,
    )
  return done
}

/**
 * A container that was started again has new namespaces, and its process namespace took everyone in it along. Whoever joined the old
 * ones is started again too; the order of starts tells who still stands in old ones, so that this may be done twice.
 */
async function rejoin(id: string, all: readonly Container[], io: Io): Promise<void> {
  const host = await inspect(id)
  const others = await Promise.all(
    all.filter((other) => other.id !== id).map(async (other) => ({ ...other, seen: await inspect(other.id) })),
  )
  const guests = others.filter(({ seen: { HostConfig } }) => [HostConfig.NetworkMode, HostConfig.PidMode].includes(`container:${id}`))
  const stale = guests.filter(({ seen: { State } }) => State.Status !== 'running' || startedMs(State) < startedMs(host.State))
  await Promise.all(stale.map((guest) => ask('POST', `/containers/${guest.id}/restart?t=0`)))
  for (const { service } of stale) io.print(`${service} joined anew`)
}

/** A machine that waits to be told (BOOT=when-told) is told once, as whoever brought it up told it. */
async function boot(lease: string, machine: Container | undefined, io: Io): Promise<void> {
  if (machine?.labels['gauntlet.role'] !== 'machine' || noted(lease, 'containers')?.find(({ id }) => id === machine.id)?.booted) return
  const { Config, State } = await inspect(machine.id)
  const old = noted(lease, 'containers') ?? []
  if (State.Status !== 'running' || old.find(({ id }) => id === machine.id)?.startedAt === State.StartedAt) return // it was never down
  if (Config.Env.includes('BOOT=when-told')) {
    const { Id } = await ask<{ Id: string }>('POST', `/containers/${machine.id}/exec`, { Cmd: [bootScript] })
    await ask('POST', `/exec/${Id}/start`, { Detach: true })
    io.print(`${machine.service} boots`)
  }
  note(
    lease,
    'containers',
    old.map((container) => (container.id === machine.id ? { ...container, booted: true } : container)),
  )
}

function startedMs({ StartedAt }: Inspected['State']): number {
  return Date.parse(StartedAt)
}

export async function containerState(args: readonly string[]): Promise<Static<typeof containers.answer>> {
  const found = flags(args, known)
  const part: Part = { lease: one(found, 'lease'), part: one(found, 'part') }
  const place = one(found, 'ask')
  const all = await containersOfRun()
  const seen = some(found, 'service').map(async (service, index) => {
    const { id, state } = serviceIn(all, service)
    if (index > 0) return [service, { state, answers: null }] as const
    return [service, { state, answers: await isHeard(part, all, { id, state }, place) }] as const
  })
  return { containers: Object.fromEntries(await Promise.all(seen)) }
}

async function isHeard(
  part: Part,
  all: readonly Container[],
  { id, state }: Pick<Container, 'id' | 'state'>,
  place: string,
): Promise<boolean> {
  const seen = await inspect(id)
  const withinMs = state === 'running' ? answerMs : silenceMs
  const inside = ['running', 'paused'].includes(state) ? await toolBeside(seen, all) : undefined
  if (inside !== undefined)
    return (await exitCodeIn(inside, ['tool', 'fetch', '--within', String(withinMs), `http://127.0.0.1:${place}`])) === done
  return answers((await addressOf(seen)) ?? remembered(part).find((old) => old.id === id)?.address, place, withinMs)
}

/** The running tool container in whose network it stands. */
async function toolBeside({ Id, HostConfig }: Inspected, all: readonly Container[]): Promise<string | undefined> {
  const own = HostConfig.NetworkMode.startsWith('container:') ? HostConfig.NetworkMode : `container:${Id}`
  const tools = all.filter(({ labels, state }) => labels['gauntlet.role'] === 'tool' && state === 'running')
  const seen = await Promise.all(tools.map(({ id }) => inspect(id)))
  return seen.find((tool) => tool.HostConfig.NetworkMode === own)?.Id
}

/** @param place `PORT/PATH` */
async function answers(address: string | undefined, place: string, withinMs: number): Promise<boolean> {
  if (address === undefined) return false
  const { status } = await get(`http://${address}:${place}`, withinMs)
  return status > 0
}

/** On one of its networks, or of the container in whose network it stands; the engine says '' of one that does not run. */
async function addressOf({ HostConfig, NetworkSettings }: Inspected): Promise<string | undefined> {
  const [, host] = /^container:(.+)$/.exec(HostConfig.NetworkMode) ?? []
  const { Networks } = host === undefined ? NetworkSettings : (await inspect(host)).NetworkSettings
  return Object.values(Networks).find(({ IPAddress }) => IPAddress !== '')?.IPAddress
}
