/** k6, which makes the load: the one on PATH, else the one in its image, else built with Go. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { must, run } from '../base/program.ts'
import type { Debian } from './debian.ts'
import { stateDirectory } from './paths.ts'
import { unpackFrom } from './private-apt.ts'
import type { Step } from './steps.ts'

/** The newest that Debian's Go can build: that one fetches no other toolchain. */
const pinned = '1.6.1'
const leastGo = [1, 24] as const
const debianGo = { release: 'trixie', packages: ['golang-1.24-go', 'golang-1.24-src'], root: 'usr/lib/go-1.24' } as const

const binDirectory = join(stateDirectory, 'bin')
const ownBinary = join(binDirectory, 'k6')

/** Whole path of an executable k6. */
export async function findK6(): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => resolve(folder, 'k6'))
  for (const path of [...onPath.filter((each) => existsSync(each)), ownBinary]) {
    if ((await run([path, 'version'], { timeoutMs: 10_000 })).exitCode === 0) return path
  }
  return undefined
}

export function k6Step(debian: () => Promise<Debian>): Step<string> {
  return {
    detect: findK6,
    async install(note) {
      await mkdir(binDirectory, { recursive: true })
      note(`asking a registry for grafana/k6:${pinned}`)
      if (await takeFromImage()) return
      const goRoot = await mkdtemp(join(stateDirectory, 'go-'))
      try {
        await buildWithGo((await findGo()) ?? (await unpackGo(goRoot, await debian(), note)), goRoot, note)
      } finally {
        await must(['chmod', '-R', 'u+w', goRoot], { timeoutMs: 60_000 }) // Go's module cache is read-only
        await rm(goRoot, { recursive: true, force: true })
      }
    },
  }
}

async function takeFromImage(): Promise<boolean> {
  const image = `grafana/k6:${pinned}`
  if ((await run(['docker', 'pull', '--quiet', image], { timeoutMs: 60_000 })).exitCode !== 0) return false
  const container = (await must(['docker', 'create', image], { timeoutMs: 30_000 })).trim()
  try {
    return (await run(['docker', 'cp', `${container}:/usr/bin/k6`, ownBinary], { timeoutMs: 60_000 })).exitCode === 0
  } finally {
    await run(['docker', 'rm', container], { timeoutMs: 30_000 })
  }
}

async function findGo(): Promise<string | undefined> {
  const said = await run(['go', 'version'], { timeoutMs: 10_000 })
  return goIsNewEnough(said.stdout) ? 'go' : undefined
}

export function goIsNewEnough(said: string): boolean {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(said) ?? []
  if (major === undefined) return false
  return Number(major) > leastGo[0] || (Number(major) === leastGo[0] && Number(minor) >= leastGo[1])
}

async function unpackGo(folder: string, debian: Debian, note: (text: string) => void): Promise<string> {
  note(`fetching Go from Debian ${debianGo.release}`)
  await unpackFrom(debianGo.release, debianGo.packages, folder, debian)
  return join(folder, debianGo.root, 'bin/go')
}

async function buildWithGo(go: string, folder: string, note: (text: string) => void): Promise<void> {
  note(`go install go.k6.io/k6@v${pinned}`)
  const env = {
    GOBIN: join(folder, 'bin'),
    GOPATH: join(folder, 'path'),
    GOCACHE: join(folder, 'cache'),
    GOFLAGS: '-trimpath',
    CGO_ENABLED: '0',
  }
  await must([go, 'install', `go.k6.io/k6@v${pinned}`], { timeoutMs: 900_000, env })
  await rename(join(folder, 'bin/k6'), ownBinary)
}
