/** Our own programs inside the images, one CommonJS file each: type stripping at start would double the cost of each start. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from './paths.ts'

/** Path below bundles/ in the build context → text. */
export type Bundles = ReadonlyMap<string, string>

const single = {
  'tool.js': 'src/tool/tool.main.ts',
  'observer.js': 'src/probes/observer.main.ts',
  'sentinel.js': 'src/probes/sentinel.main.ts',
}

export async function bundle(project = projectDirectory): Promise<Bundles> {
  const { build } = await import('esbuild')
  const entries = await entryPoints(project)
  if (entries.length === 0) return new Map()
  const outdir = join(project, '.gauntlet/bundles')
  const built = await build({
    absWorkingDir: project,
    entryPoints: entries.map(([out, source]) => ({ in: source, out: out.replace(/\.js$/, '') })),
    outdir,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'error',
  })
  return new Map(built.outputFiles.map((file) => [file.path.slice(outdir.length + 1), file.text]))
}

async function entryPoints(project: string): Promise<[out: string, source: string][]> {
  const fleet = (await readdir(join(project, 'fixtures/fleet')))
    .filter((name) => name.endsWith('.main.ts'))
    .map((name): [string, string] => [`fleet/${name.replace('.main.ts', '.js')}`, `fixtures/fleet/${name}`])
  return [...fleet, ...Object.entries(single)].filter(([, source]) => existsSync(join(project, source))).sort()
}
