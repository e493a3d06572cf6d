/** Fleets for people to look at: `up` leaves one running, `status` shows who of it answers, `down` removes it. */
import { join } from 'node:path'
import { exitCode, GauntletError } from '../base/errors.ts'
import { reportsDirectory } from '../base/project.ts'
import { keptLabel, runLabel } from '../fleet/compose.ts'
import { bringUp, removeFleet } from '../fleet/fleet.ts'
import { byLabel } from '../fleet/holdings.ts'
import type { BootEvent } from '../journal/event.ts'
import { boot } from '../run/boot.ts'
import { bringUpOf } from '../run/bring-up.ts'
import { newRunId, newSeed } from '../run/identity.ts'
import { fleetStatus } from '../run/status.ts'
import { vaultWords } from '../run/vault.ts'
import type { Arguments } from './arguments.ts'
import { theEngine } from './engine.ts'
import { readyWith } from './ready.ts'
import { fleetRequest } from './request.ts'
import { catchSignals } from './signals.ts'

/** The boot script has bounds of its own for every agent; this one is for a machine that does not even run it. */
const bootMs = 180_000

export async function up(args: Arguments): Promise<number> {
  const request = fleetRequest(args)
  const ready = await readyWith(request.vault)
  const signal = catchSignals()
  const run = newRunId('up', new Date())
  const fleet = await bringUp(
    bringUpOf(request, ready, { run, directory: join(reportsDirectory, run), seed: newSeed(), kept: true }),
    signal,
  )
  const answers = await boot(fleet, [...request.configs.topology.machines.keys()], bootMs, signal)
  for (const answer of answers.filter(({ dryRun }) => !dryRun)) process.stdout.write(bootWords(answer))
  const silentMachines = [...request.configs.topology.machines.keys()].filter(
    (id) => !answers.some(({ machine, dryRun }) => machine === id && !dryRun),
  )
  for (const machine of silentMachines) process.stdout.write(`${machine}: its boot script was not done within ${bootMs / 1000} s\n`)
  process.stdout.write(`Vault: ${vaultWords(ready.images)}\n`)
  process.stdout.write(`\n${run} is up. ./gauntlet status ${run} shows who answers, ./gauntlet down ${run} removes it.\n`)
  return silentMachines.length === 0 && answers.every(({ ok }) => ok) ? 0 : exitCode.noGo
}

function bootWords({ machine, started, findings }: BootEvent): string {
  const silent = started.filter(({ healthyMs }) => healthyMs === null).map(({ agent }) => agent)
  return [
    `${machine}: ${started.length - silent.length} of ${started.length} agents healthy`,
    ...findings.map(({ rule, message }) => `  ${rule}: ${message}`),
    ...(silent.length === 0 ? [] : [`  not healthy: ${silent.join(', ')}`]),
    '',
  ].join('\n')
}

export async function down(args: Arguments): Promise<number> {
  const engine = await theEngine()
  const kept = [...byLabel(await engine.holdings(`${keptLabel}=true`), runLabel).keys()]
  for (const run of chosen(kept, args)) {
    const left = await removeFleet([engine], run)
    const names = [...left.containers, ...left.networks, ...left.volumes]
    if (names.length > 0) throw new GauntletError('harness/fleet', `removing ${run}: still there: ${names.join(', ')}`)
    process.stdout.write(`${run} is removed\n`)
  }
  if (kept.length === 0) process.stdout.write('no fleet is kept\n')
  return 0
}

export async function status(args: Arguments): Promise<number> {
  const engine = await theEngine()
  const fleets = byLabel(await engine.holdings(runLabel), runLabel)
  const wanted = chosen([...fleets.keys()], args)
  const all = await Promise.all(
    [...fleets].filter(([run]) => wanted.includes(run)).map(async ([run, holdings]) => ({ run, ...(await fleetStatus(engine, holdings)) })),
  )
  if (args.has('json')) process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`)
  else if (all.length === 0) process.stdout.write('no fleet is running\n')
  else for (const fleet of all) process.stdout.write(words(fleet))
  return 0
}

function words({ run, containers, agents, services }: Awaited<ReturnType<typeof fleetStatus>> & { readonly run: string }): string {
  const unwell = agents.filter(({ answer }) => answer !== 'ok')
  return [
    `${run}: ${agents.length - unwell.length} of ${agents.length} agents answer well`,
    ...unwell.map(({ agent, answer }) => `  ${agent}: ${answer}`),
    ...services.map(({ service, answer }) => `  ${service}: ${answer}`),
    ...containers.map(({ name, status }) => `  ${name}  ${status}`),
    '',
  ].join('\n')
}

function chosen(all: readonly string[], args: Arguments): readonly string[] {
  const [wanted] = args.positionals
  if (wanted === undefined) return all
  if (all.includes(wanted)) return [wanted]
  const message = `no fleet is called ${wanted}`
  throw new GauntletError('usage/arguments', message, {
    problems: [{ message, expected: all.length > 0 ? `one of ${all.join(', ')}` : './gauntlet up brings one up' }],
  })
}
