/** The images of a fleet, built once and named by the hash of all that goes into them. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from '../base/program.ts'
import type { BaseImage } from './base-image.ts'
import { collectInputs, hashOf, type Inputs, layOut, partOf } from './context.ts'
import type { Debian } from './debian.ts'
import { cutStage } from './dockerfile.ts'
import { stateDirectory } from './paths.ts'
import type { Step } from './steps.ts'

export const imageNames = ['machine', 'nats', 'tool', 'observer', 'monitoring', 'pushgateway'] as const
export type ImageName = (typeof imageNames)[number]
/** Tags by hash. */
export type Images = Readonly<Record<ImageName, string>>

export function imagesStep(debian: Debian, base: BaseImage): Step<Images> {
  const collected = collectInputs(debian, base)
  collected.catch(() => undefined) // whoever awaits it next reports it
  return {
    detect: async () => builtImages(await collected),
    async install(note) {
      const inputs = await collected
      // Named by what goes into it alone: it stays, and with it the packages on top of it, when only a program changes.
      const ground = cutStage(inputs.dockerfile, 'base')
      const groundHash = hashOf(partOf(inputs, ground))
      note('building base')
      await build('base', groundHash, ground, inputs, ['--build-arg', `BASE=${base.name}`])
      note(`building ${imageNames.join(', ')}`)
      const hash = hashOf(inputs)
      const builds = imageNames.map((name) => build(name, hash, cutStage(inputs.dockerfile, name, `gauntlet/base:${groundHash}`), inputs))
      const failed = (await Promise.allSettled(builds)).find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  }
}

/** The images of these inputs, when the engine has all of them. */
export async function builtImages(inputs: Inputs): Promise<Images | undefined> {
  const hash = hashOf(inputs)
  const tags = Object.fromEntries(imageNames.map((name) => [name, `gauntlet/${name}:${hash}`])) as Images
  const ran = await run(['docker', 'image', 'inspect', '--format', '{{.Id}}', ...Object.values(tags)], { timeoutMs: 20_000 })
  return ran.exitCode === 0 ? tags : undefined
}

/**
 * Builds with the classic builder, which every engine has. Its steps use the machine's own network: a mirror, a proxy or a name
 * server of the machine may be out of a bridge's reach.
 */
async function build(
  name: ImageName | 'base',
  hash: string,
  stage: string,
  inputs: Inputs,
  options: readonly string[] = [],
): Promise<void> {
  await mkdir(stateDirectory, { recursive: true })
  const context = await mkdtemp(join(stateDirectory, `context-${name}-`))
  try {
    await layOut(context, inputs, stage)
    const named = ['--label', `gauntlet.image=${hash}`, '-t', `gauntlet/${name}:${hash}`, '-t', `gauntlet/${name}:latest`]
    await must(['docker', 'build', '--force-rm', '--network', 'host', ...options, ...named, context], {
      timeoutMs: 600_000,
      env: { DOCKER_BUILDKIT: '0' },
    })
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}
