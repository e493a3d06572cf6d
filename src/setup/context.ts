/** What goes into the images: read once, hashed, and laid out as a build context for one stage. */
import { createHash } from 'node:crypto'
import { copyFile, link, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { GauntletError } from '../base/errors.ts'
import type { BaseImage } from './base-image.ts'
import { bundle } from './bundle.ts'
import { type Debian, debianKeyring } from './debian.ts'
import { copiedPaths } from './dockerfile.ts'
import { projectDirectory } from './paths.ts'
import { renderSources } from './sources.ts'

export interface Inputs {
  readonly dockerfile: string
  /** Path in the build context → text: package sources, bundles, and whatever else lies beside the Dockerfile. */
  readonly texts: ReadonlyMap<string, string>
  readonly nodeVersion: string
  readonly baseId: string
}

export async function collectInputs(debian: Debian, base: BaseImage): Promise<Inputs> {
  const [beside, bundles, nodeVersion] = await Promise.all([filesBeside(), bundle(), readNodeVersion()])
  const texts = new Map([
    ...beside,
    ['apt/sources.list', ''],
    ['apt/sources.list.d/debian.sources', renderSources(debian.sources, debianKeyring)],
    ['apt/apt.conf.d/90machine', debian.settings],
  ])
  for (const [path, text] of bundles) texts.set(`bundles/${path}`, text)
  const dockerfile = texts.get('Dockerfile') ?? ''
  texts.delete('Dockerfile')
  return { dockerfile, texts, nodeVersion, baseId: base.id }
}

/** The same inputs give the same name, in whatever order they were read. */
export function hashOf({ dockerfile, texts, nodeVersion, baseId }: Inputs): string {
  const hash = createHash('sha256')
  const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).flat()
  for (const part of [dockerfile, nodeVersion, baseId, ...sorted]) hash.update(`${Buffer.byteLength(part)}\n`).update(part)
  return hash.digest('hex').slice(0, 16)
}

/** What goes into one stage. @throws GauntletError naming what it copies and nobody made */
export function partOf(inputs: Inputs, stage: string): Inputs {
  const paths = copiedPaths(stage)
  const texts = new Map([...inputs.texts].filter(([name]) => paths.some((path) => isPart(name, path))))
  const missing = paths.filter((path) => path !== 'node' && ![...texts.keys()].some((name) => isPart(name, path)))
  if (missing.length > 0) {
    const first = stage.split('\n').find((line) => line.startsWith('FROM'))
    throw new GauntletError('environment/setup', `to make the build context of \`${first}\``, {
      cause: `nothing makes ${missing.join(', ')}`,
    })
  }
  return { ...inputs, dockerfile: stage, texts }
}

/** Lays out in `folder` what the stage copies, and the stage itself as its Dockerfile. */
export async function layOut(folder: string, inputs: Inputs, stage: string): Promise<void> {
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await write('Dockerfile', stage)
  for (const [name, text] of partOf(inputs, stage).texts) await write(name, text)
  if (copiedPaths(stage).includes('node')) await place(join(nodeDirectory(), 'bin/node'), join(folder, 'node'))
}

function isPart(name: string, path: string): boolean {
  return name === path || name.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/** A link costs nothing; another file system wants a copy. */
function place(from: string, to: string): Promise<void> {
  return link(from, to).catch(() => copyFile(from, to))
}

async function filesBeside(): Promise<Map<string, string>> {
  const folder = join(projectDirectory, 'fixtures/images')
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const pairs = files.map(async (entry): Promise<[string, string]> => {
    const path = join(entry.parentPath, entry.name)
    return [relative(folder, path), await readFile(path, 'utf8')]
  })
  return new Map(await Promise.all(pairs))
}

function nodeDirectory(): string {
  return join(projectDirectory, `node_modules/node-linux-${process.arch}`)
}

async function readNodeVersion(): Promise<string> {
  const text = await readFile(join(nodeDirectory(), 'package.json'), 'utf8').catch((cause: unknown) => {
    throw new GauntletError('environment/setup', `to read the pinned Node at ${nodeDirectory()}, which \`npm ci\` puts there`, { cause })
  })
  return (JSON.parse(text) as { version: string }).version
}
