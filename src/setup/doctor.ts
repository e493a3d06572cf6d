/** The state of each part that the gate stands on, looked at and tried, never changed: it installs and starts nothing. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../base/program.ts'
import { type AbilityName, abilityNames, tryAbilities } from './abilities.ts'
import { findBaseImage } from './base-image.ts'
import { findCompose, leastCompose } from './compose.ts'
import { collectInputs } from './context.ts'
import { readDebian } from './debian.ts'
import { type Asked, askEngine, chosenElsewhere } from './engine.ts'
import { builtImages, type Images } from './images.ts'
import { findK6 } from './k6.ts'
import { projectDirectory } from './paths.ts'
import { leastFreeBytes, rooms } from './room.ts'

export interface Part {
  readonly part: string
  /** `missing` is what the set-up would install or make; `broken` is what a person has to do something about. */
  readonly state: 'ok' | 'missing' | 'broken'
  readonly needed: boolean
  readonly seen: string
  /** What to do; empty when there is nothing to do. */
  readonly next: string
}

export interface DoctorReport {
  /** Whether the gate could run as things are: every part that it needs is ok. */
  readonly ready: boolean
  readonly parts: readonly Part[]
}

const leastNode = 24
const setUp = './gauntlet gate installs it'

export async function doctor(): Promise<DoctorReport> {
  const asked = await askEngine()
  const answers = asked.kind === 'answers'
  const [dependencies, compose, k6, disk, engine, made] = await Promise.all([
    dependenciesPart(),
    composePart(),
    k6Part(),
    diskParts(),
    enginePart(asked),
    answers ? findImages() : undefined,
  ])
  const parts = [
    nodePart(process.versions.node),
    dependencies,
    engine,
    compose,
    present('base image', made?.base, 'none of this Debian release', `${setUp}, pulled or made with mmdebstrap`),
    present('images', made?.images?.machine.split(':')[1], 'not built from what is here now', './gauntlet gate builds them'),
    k6,
    ...disk,
    rootPart(answers),
    ...(await kernelParts(made?.images)),
  ]
  return { ready: isReady(parts), parts }
}

export function isReady(parts: readonly Part[]): boolean {
  return parts.length > 0 && parts.every(({ state, needed }) => state === 'ok' || !needed)
}

function nodePart(version: string): Part {
  const ok = Number(version.split('.')[0]) >= leastNode
  return {
    part: 'node',
    state: ok ? 'ok' : 'broken',
    needed: true,
    seen: `${version} at ${process.execPath}`,
    next: ok ? '' : `call ./gauntlet, which brings Node ${leastNode}`,
  }
}

/** Seen by the stamp that the bootstrap leaves: the hash of the lock file that was installed. */
async function dependenciesPart(): Promise<Part> {
  const [lock, stamp] = await Promise.all(
    ['package-lock.json', 'node_modules/.gauntlet-stamp'].map((path) => readFile(join(projectDirectory, path), 'utf8').catch(() => '')),
  )
  const current =
    createHash('sha256')
      .update(lock ?? '')
      .digest('hex') === stamp?.trim()
  return present(
    'dependencies',
    current ? 'as in package-lock.json' : undefined,
    'another package-lock.json was installed',
    'any ./gauntlet call runs npm ci',
  )
}

async function enginePart(asked: Asked): Promise<Part> {
  if (asked.kind === 'answers') {
    const info = await run(['docker', 'info', '--format', '{{.Driver}} storage, cgroup v{{.CgroupVersion}}'], { timeoutMs: 10_000 })
    return {
      part: 'engine',
      state: 'ok',
      needed: true,
      seen: `${asked.engine.version} at ${asked.engine.host}, ${info.stdout.trim()}`,
      next: '',
    }
  }
  const chosen = await chosenElsewhere()
  const broken = chosen !== undefined || asked.kind === 'denied' || process.getuid?.() !== 0
  const next =
    chosen === undefined ? 'run it as root, or as a user that may reach the engine' : `start the engine that ${chosen} names, or unset it`
  return {
    part: 'engine',
    state: broken ? 'broken' : 'missing',
    needed: true,
    seen: asked.said.split('\n').at(-1) ?? '',
    next: broken ? next : './gauntlet gate installs it and starts it',
  }
}

async function composePart(): Promise<Part> {
  const found = await findCompose()
  return present(
    'compose',
    found && `${found.version} at ${found.path}`,
    `no v${leastCompose.join('.')} or newer`,
    `${setUp} below .gauntlet/`,
  )
}

async function k6Part(): Promise<Part> {
  return { ...present('k6', await findK6(), 'none', 'a scenario with load installs it'), needed: false }
}

async function diskParts(): Promise<Part[]> {
  return (await rooms()).map(({ path, freeBytes }) => {
    const ok = freeBytes >= leastFreeBytes
    const next = ok ? '' : `free space: ${leastFreeBytes / 1e9} GB are needed`
    return { part: 'disk', state: ok ? 'ok' : 'broken', needed: true, seen: `${(freeBytes / 1e9).toFixed(1)} GB free at ${path}`, next }
  })
}

function rootPart(answers: boolean): Part {
  const isRoot = process.getuid?.() === 0
  const ok = isRoot || answers
  const seen = isRoot ? 'yes' : `no (uid ${process.getuid?.()})${answers ? ', and the engine answers without it' : ''}`
  return {
    part: 'root',
    state: ok ? 'ok' : 'broken',
    needed: true,
    seen,
    next: ok ? '' : 'run it as root, or start an engine that this user may reach',
  }
}

async function findImages(): Promise<{ readonly base?: string; readonly images?: Images }> {
  const debian = await readDebian().catch(() => undefined)
  const base = debian && (await findBaseImage(debian))
  if (debian === undefined || base === undefined) return {}
  const images = await collectInputs(debian, base).then(builtImages, () => undefined)
  return { base: base.name, ...(images === undefined ? {} : { images }) }
}

/** None is needed by the gate; a scenario whose fault needs one is refused where it is not there. */
async function kernelParts(images: Images | undefined): Promise<Part[]> {
  const tried = await tryAbilities(images?.tool ?? (await anyToolImage()))
  return abilityNames.map((name) => {
    const { outcome, said } = tried.get(name) ?? { outcome: 'unknown', said: '' }
    const part = { part: `kernel: ${name}`, needed: false }
    if (outcome === 'works') return { ...part, state: 'ok', seen: 'tried, works', next: '' }
    if (outcome === 'fails') return { ...part, state: 'broken', seen: `tried: ${said}`, next: without[name] }
    return { ...part, state: 'missing', seen: `not tried: ${said}`, next: 'call doctor again when the images are built' }
  })
}

/** An image of an older state of the project does as well: the kernel is the same. */
async function anyToolImage(): Promise<string | undefined> {
  const name = 'gauntlet/tool:latest'
  return (await run(['docker', 'image', 'inspect', name], { timeoutMs: 10_000 })).exitCode === 0 ? name : undefined
}

const without: Readonly<Record<AbilityName, string>> = {
  iptables: 'no partition or name look-up fault; load the kernel module ip_tables or nf_tables',
  statistic: 'no loss on a link; load the kernel module xt_statistic',
  redirect: 'no delay by proxy; load the kernel module xt_REDIRECT',
  notrack: 'no false names; load the kernel modules iptable_raw and xt_CT',
  owner: 'no delay by proxy; load the kernel module xt_owner',
  netem: 'no loss or delay by the kernel; load the kernel module sch_netem',
  tbf: 'no rate limit of a link; load the kernel module sch_tbf',
  vdso: 'no clock fault; it needs x86-64, and a kernel that lets a debugger write a process’s memory',
  engine: 'no fault of whole containers; the engine must answer',
  'nested-cgroup': 'no pressure on processor or memory; the engine must have the driver cgroupfs with cgroup version 1',
}

function present(part: string, seen: string | undefined, absent: string, next: string): Part {
  return seen === undefined
    ? { part, state: 'missing', needed: true, seen: absent, next }
    : { part, state: 'ok', needed: true, seen, next: '' }
}

const widestSeen = 90

/** The report as a table, and what it comes to. */
export function renderDoctor({ ready, parts }: DoctorReport): string {
  const rows = [
    ['part', 'state', 'seen', 'next'],
    ...parts.map((row) => [row.part, row.needed || row.state === 'ok' ? row.state : `${row.state} (not needed)`, clip(row.seen), row.next]),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const blocking = parts.filter(({ state, needed }) => needed && state !== 'ok').map(({ part }) => part)
  return `${[...lines, '', ready ? 'The gate could run.' : `The gate could not run as things are: ${blocking.join(', ')}.`].join('\n')}\n`
}

function clip(text: string): string {
  return text.length > widestSeen ? `${text.slice(0, widestSeen - 1)}…` : text
}
