/** Everything the harness needs on this machine, found or installed, in one call. What is there already costs a look. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { realClock } from '../base/clock.ts'
import { takeLock } from '../base/lock.ts'
import { run } from '../base/program.ts'
import { openApt } from './apt.ts'
import { baseImageStep } from './base-image.ts'
import { composeStep } from './compose.ts'
import { readDebian } from './debian.ts'
import { engineStep } from './engine.ts'
import { type Images, imagesStep } from './images.ts'
import { k6Step } from './k6.ts'
import { stateDirectory } from './paths.ts'
import { type Progress, showProgress } from './progress.ts'
import { requireRoom } from './room.ts'
import { startSteps } from './steps.ts'

/** `engine`: engine and compose. `images`: these and the images. `load`: all of it and k6. */
export type Need = 'engine' | 'images' | 'load'

export interface EngineReady {
  /** As DOCKER_HOST would name it. */
  readonly engine: string
  /** Path of a compose v2 executable. */
  readonly compose: string
}

export interface Ready extends EngineReady {
  /** Tags by hash; Vault's own image only where a command has asked for it. */
  readonly images: Images & { readonly vault?: string }
  /** Path of k6, when the need was `load`. */
  readonly k6?: string
}

/** Another call may be in the middle of a first set-up. */
const lockWaitMs = 900_000

/** @throws GauntletError of the environment's side: what was tried, what was seen */
export function prepare(need: 'images' | 'load', progress?: Progress): Promise<Ready>
export function prepare(need: Need, progress?: Progress): Promise<EngineReady>
export async function prepare(need: Need, progress: Progress = standardProgress()): Promise<EngineReady> {
  await mkdir(stateDirectory, { recursive: true })
  await requireRoom()
  await using _lock = await progress.during('lock', (note) =>
    takeLock('setup', { waitMs: lockWaitMs, onWait: (holder) => note(`another set-up is under way: ${holder}`) }),
  )
  await clearLeftovers()
  return await everyStep(need, progress)
}

/** Folders of a set-up that was killed: whoever holds the lock is alone here. */
async function clearLeftovers(): Promise<void> {
  const left = (await readdir(stateDirectory)).filter((name) => /^(apt|compose|context|go|rootfs)-/.test(name))
  for (const name of left) await run(['rm', '-rf', join(stateDirectory, name)], { timeoutMs: 60_000 })
}

async function everyStep(need: Need, progress: Progress): Promise<EngineReady & Partial<Ready>> {
  const { step, settled } = startSteps(progress)
  const apt = openApt()
  const debian = readDebian()
  debian.catch(() => undefined) // only those who need it fail for it
  const engine = step('engine', [], () => engineStep(apt, realClock))
  const compose = step('compose', [engine], () => composeStep(() => debian))
  const baseImage = need === 'engine' ? undefined : step('base image', [engine, debian], (_, debian) => baseImageStep(debian, apt))
  const images = baseImage && step('images', [baseImage, debian], (base, debian) => imagesStep(debian, base))
  const k6 = need === 'load' ? step('k6', [engine], () => k6Step(() => debian)) : undefined
  await settled()
  return {
    engine: (await engine).host,
    compose: (await compose).path,
    ...(images === undefined ? {} : { images: await images }),
    ...(k6 === undefined ? {} : { k6: await k6 }),
  }
}

function standardProgress(): Progress {
  return showProgress(realClock, (line) => process.stderr.write(line))
}
