/**
 * The Debian root file system that all images start from: pulled where a registry answers, else made from the machine's own
 * mirror. Both are of the machine's own release, so that one list of package sources fits the machine and its images.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must, run } from '../base/program.ts'
import type { Apt } from './apt.ts'
import { type Debian, debianKeyring } from './debian.ts'
import { stateDirectory } from './paths.ts'
import { renderSources } from './sources.ts'
import type { Step } from './steps.ts'

/** A registry that is cut off by a packet filter answers nothing at all. */
const pullMs = 8000

export interface BaseImage {
  readonly name: string
  readonly id: string
}

const pulledName = (debian: Debian) => `debian:${debian.codename}-slim`
const madeName = (debian: Debian) => `gauntlet/rootfs:${debian.codename}`

export async function findBaseImage(debian: Debian): Promise<BaseImage | undefined> {
  return (await inspect(pulledName(debian))) ?? (await inspect(madeName(debian)))
}

export function baseImageStep(debian: Debian, apt: Apt): Step<BaseImage> {
  return {
    detect: () => findBaseImage(debian),
    async install(note) {
      const wanted = pulledName(debian)
      note(`asking a registry for ${wanted}`)
      if ((await run(['docker', 'pull', '--quiet', wanted], { timeoutMs: pullMs })).exitCode === 0) return
      await makeRootfs(debian, apt, madeName(debian), note)
    },
  }
}

async function inspect(name: string): Promise<BaseImage | undefined> {
  const ran = await run(['docker', 'image', 'inspect', '--format', '{{.Id}}', name], { timeoutMs: 20_000 })
  return ran.exitCode === 0 ? { name, id: ran.stdout.trim() } : undefined
}

async function makeRootfs(debian: Debian, apt: Apt, name: string, note: (text: string) => void): Promise<void> {
  if ((await run(['mmdebstrap', '--version'], { timeoutMs: 10_000 })).exitCode !== 0) {
    note('installing mmdebstrap')
    await apt.install(['mmdebstrap'])
  }
  const folder = await mkdtemp(join(stateDirectory, 'rootfs-'))
  try {
    const [sources, settings, tar] = ['debian.sources', 'apt.conf', 'rootfs.tar'].map((file) => join(folder, file)) as [
      string,
      string,
      string,
    ]
    await writeFile(sources, renderSources(debian.sources, debianKeyring))
    await writeFile(settings, debian.settings)
    note(`making ${debian.codename} with mmdebstrap`)
    const leftOut = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/info/*']
    await must(
      [
        'mmdebstrap',
        '--variant=minbase',
        `--aptopt=${settings}`,
        ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
        debian.codename,
        tar,
        sources,
      ],
      { timeoutMs: 300_000 },
    )
    note(`importing it as ${name}`)
    await must(['docker', 'import', tar, name], { timeoutMs: 120_000 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
