/**
 * `npm run adversary -- [--minutes N] [--seed S] [--recording NAME|RUN] [--mutations JSON]` changes recorded journals by chance, without end,
 * and looks whether the judge can be fooled. Whatever fools it is made as small as it can be, printed with the line that does it again, and
 * kept as a run that `./gauntlet judge` takes.
 */
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { writeReports } from '../render/reports.ts'
import { randomFrom } from '../statistics/random.ts'
import { judge } from '../verdict/judge.ts'
import { judgeRun } from '../verdict/judge-run.ts'
import { type Dice, drawn, type Prey, preyOf } from './draw.ts'
import { attempt, type Fooled, smallest } from './hunt.ts'
import { type Mutation, mutated, sentenceOf } from './mutation.ts'
import { index, isRecorded, recordingOf } from './recordings.ts'
import { tapeOf, textOf } from './tape.ts'

const root = resolve(import.meta.dirname, '../..')
const mostMutations = 4
/** Of one recording in a row: its journal stays in the caches meanwhile. */
const inARow = 25
const tellEveryMs = 10_000
/** Of one recording and one kind of mistake the first is enough to mend it. */
const shown = new Set<string>()

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    recording: { type: 'string', multiple: true },
    mutations: { type: 'string' },
  },
})

function preys(): readonly Prey[] {
  const known = index().filter(isRecorded)
  const names = values.recording ?? known.map(({ name }) => name)
  return names.map((name) => {
    const file = join(resolve(name), 'journal.ndjson')
    const tape = existsSync(file) ? tapeOf(readFileSync(file, 'utf8')) : recordingOf(name)
    return preyOf(name, tape, judge)
  })
}

function tell(prey: Prey, fooled: Fooled, seed: number): void {
  const kinds = fooled.mutations.map((mutation) => (mutation.does === 'forgery' ? mutation.what : mutation.does)).join('+')
  const key = `${fooled.recording}-${kinds}`
  if (shown.has(key)) return
  shown.add(key)
  const directory = join(root, 'reports', `adversary-${seed}-${shown.size}`)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'journal.ndjson'), textOf(mutated(prey.tape, fooled.mutations)))
  if (fooled.after !== 'refused') writeReports(directory, judgeRun(directory).verdict)
  const again = `npm run adversary -- --recording ${fooled.recording} --mutations '${JSON.stringify(fooled.mutations)}'`
  const lines = [
    `FOOLED: ${fooled.recording} was ${fooled.before}, and is ${fooled.after}, though ${fooled.because}`,
    ...fooled.mutations.map((mutation) => `  ${sentenceOf(mutation)}`),
    `  look at it: ./gauntlet judge ${relative(process.cwd(), directory)}`,
    `  again: ${again}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** @returns how many attempts fooled the judge */
function hunt(prey: readonly Prey[], seed: number, untilMs: number): number {
  const random = randomFrom(seed)
  const dice: Dice = { below: (count) => Math.floor(random.uniform() * count) }
  const beganMs = performance.now()
  let tries = 0
  let fooledBy = 0
  let toldMs = beganMs
  for (let nth = 0; performance.now() < untilMs; nth++) {
    const one = prey[Math.floor(nth / inARow) % prey.length] as Prey
    const mutations = Array.from({ length: 1 + dice.below(mostMutations) }, () => drawn(one, dice))
    const fooled = attempt(one, mutations, judge)
    tries += 1
    if (fooled !== undefined) {
      fooledBy += 1
      tell(
        one,
        smallest(fooled, (fewer) => attempt(one, fewer, judge)),
        seed,
      )
    }
    const nowMs = performance.now()
    if (nowMs - toldMs < tellEveryMs) continue
    toldMs = nowMs
    process.stderr.write(`${tries} attempts, ${Math.round((tries * 1000) / (nowMs - beganMs))} a second, ${fooledBy} fooled the judge\n`)
  }
  process.stdout.write(`seed ${seed}: ${tries} attempts on ${prey.length} recordings, ${fooledBy} fooled the judge\n`)
  return fooledBy
}

const all = preys()
if (all.length === 0) {
  process.stderr.write('there is no recording to attack the judge with; npm run record makes them\n')
  process.exit(69)
}
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes)
if (!Number.isSafeInteger(seed) || !(minutes > 0)) {
  process.stderr.write('--seed is a whole number, and --minutes a number above 0\n')
  process.exit(64)
}
if (values.mutations !== undefined) {
  const mutations = JSON.parse(values.mutations) as readonly Mutation[]
  const found = all.flatMap((prey) => attempt(prey, mutations, judge) ?? [])
  for (const fooled of found) tell(all.find(({ name }) => name === fooled.recording) as Prey, fooled, seed)
  if (found.length === 0) process.stdout.write('the judge is not fooled by this\n')
  process.exitCode = found.length === 0 ? 0 : 1
} else {
  process.stdout.write(`seed ${seed}\n`)
  process.exitCode = hunt(all, seed, performance.now() + minutes * 60_000) === 0 ? 0 : 1
}
