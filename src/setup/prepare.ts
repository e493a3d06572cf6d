/** Everything the harness needs on this machine, found or installed, in one call. */
import { mkdir } from 'node:fs/promises'
import { openApt } from './apt.ts'
import { baseImageStep } from './base-image.ts'
import { readDebian } from './debian.ts'
import { type Images, imagesStep } from './images.ts'
import { stateDirectory } from './paths.ts'
import type { Progress } from './progress.ts'
import { startSteps } from './steps.ts'

export type Need = 'engine' | 'images' | 'load'

export async function prepare(_need: Need, progress: Progress): Promise<{ images: Images }> {
  await mkdir(stateDirectory, { recursive: true })
  const steps = startSteps(progress)
  const apt = openApt()
  const debian = await readDebian()
  const base = steps.step('base image', [], () => baseImageStep(debian, apt))
  const images = steps.step('images', [base], (base) => imagesStep(debian, base))
  await steps.settled()
  return { images: await images }
}
