/** Compose v2: the plugin that is there when it is new enough, else Debian's own binary, unpacked below the project. */
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../base/program.ts'
import type { Debian } from './debian.ts'
import { stateDirectory } from './paths.ts'
import { unpackFrom } from './private-apt.ts'
import type { Step } from './steps.ts'

/** The first with `configs: content:`. */
export const leastCompose = [2, 23] as const
/** The first Debian release whose docker-compose package is compose v2. */
const release = 'trixie'
const ownBinary = join(stateDirectory, 'bin/docker-compose')

export interface Compose {
  /** An executable; the plugin works by itself too. */
  readonly path: string
  readonly version: string
}

export async function findCompose(): Promise<Compose | undefined> {
  const plugins = await run(['docker', 'info', '--format', '{{range .ClientInfo.Plugins}}{{.Name}} {{.Path}}\n{{end}}'], {
    timeoutMs: 10_000,
  })
  const plugin = /^compose (.+)$/m.exec(plugins.stdout)?.[1]
  for (const path of plugin === undefined ? [ownBinary] : [plugin, ownBinary]) {
    const version = (await run([path, 'version', '--short'], { timeoutMs: 10_000 })).stdout.trim().replace(/^v/, '')
    if (isNewEnough(version)) return { path, version }
  }
  return undefined
}

export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? []
  if (major === undefined) return false
  return Number(major) > leastCompose[0] || (Number(major) === leastCompose[0] && Number(minor) >= leastCompose[1])
}

export function composeStep(debian: () => Promise<Debian>): Step<Compose> {
  return {
    detect: findCompose,
    async install(note) {
      note(`fetching it from Debian ${release}`)
      await mkdir(join(stateDirectory, 'bin'), { recursive: true })
      const folder = await mkdtemp(join(stateDirectory, 'compose-'))
      try {
        await unpackFrom(release, ['docker-compose'], folder, await debian())
        const found = (await readdir(folder, { recursive: true })).find((path) => path.endsWith('/cli-plugins/docker-compose'))
        await copyFile(join(folder, found ?? 'usr/libexec/docker/cli-plugins/docker-compose'), `${ownBinary}.new`)
        await rename(`${ownBinary}.new`, ownBinary)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}
