/**
 * Single packages of a Debian release that is not this machine's, unpacked below the project: apt with folders of its own, the
 * machine's own mirrors with the release's name changed, and a keyring that is never bypassed. It touches nothing of the machine
 * and needs no root.
 */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failed, must, run } from '../base/program.ts'
import { aptErrorCode } from './apt.ts'
import { type Debian, debianKeyring } from './debian.ts'
import { stateDirectory } from './paths.ts'
import { renderSources, type Source, withSuite } from './sources.ts'

const timeoutMs = 300_000

/** Unpacks the packages into `target`. @throws GauntletError when a mirror, a signature or a package fails */
export async function unpackFrom(release: string, packages: readonly string[], target: string, debian: Debian): Promise<void> {
  await mkdir(stateDirectory, { recursive: true })
  const folder = await mkdtemp(join(stateDirectory, 'apt-'))
  try {
    const sources = withSuite(debian.sources, debian.codename, release)
    const first = await fetchPackages(join(folder, 'first'), sources, debianKeyring, packages)
    const archives = first ?? (await withNewerKeyring(folder, sources, packages, debian))
    for (const archive of archives) await must(['dpkg-deb', '--extract', archive, target], { timeoutMs })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An old machine's keyring may not know a newer release's keys. The machine's own release brings them, signed with keys that it knows. */
async function withNewerKeyring(
  folder: string,
  sources: readonly Source[],
  packages: readonly string[],
  debian: Debian,
): Promise<string[]> {
  const [archive = ''] =
    (await fetchPackages(join(folder, 'keyring'), debian.sources, debianKeyring, ['debian-archive-keyring'], 'strict')) ?? []
  const unpacked = join(folder, 'newer')
  await must(['dpkg-deb', '--extract', archive, unpacked], { timeoutMs })
  return (await fetchPackages(join(folder, 'second'), sources, join(unpacked, debianKeyring), packages, 'strict')) ?? []
}

/** @returns the archives' paths; undefined when the signature could not be checked and `strict` does not make that an error */
async function fetchPackages(
  folder: string,
  sources: readonly Source[],
  keyring: string,
  packages: readonly string[],
  strict?: 'strict',
): Promise<string[] | undefined> {
  const archives = join(folder, 'archives')
  for (const path of ['etc', 'empty', 'state/lists/partial', 'cache/archives/partial', 'archives'])
    await mkdir(join(folder, path), { recursive: true })
  await writeFile(join(folder, 'etc/debian.sources'), renderSources(sources, keyring))
  await writeFile(join(folder, 'state/status'), '')
  const settings = Object.entries({
    'Dir::Etc::sourcelist': join(folder, 'etc/debian.sources'),
    'Dir::Etc::sourceparts': join(folder, 'empty'),
    'Dir::Etc::preferences': join(folder, 'empty/none'),
    'Dir::Etc::preferencesparts': join(folder, 'empty'),
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'state/status'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root', // the folder may be closed to the user that apt would change to
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const lists = await run(['apt-get', ...settings, 'update'], { timeoutMs })
  const said = `${lists.stdout}\n${lists.stderr}`
  if (strict === undefined && /NO_PUBKEY|EXPKEYSIG|is not signed|no longer signed/.test(said)) return undefined
  const ran = await run(['apt-get', ...settings, 'download', ...packages], { timeoutMs, cwd: archives })
  const names = (await readdir(archives)).filter((name) => name.endsWith('.deb'))
  if (ran.exitCode === 0 && names.length >= packages.length) return names.map((name) => join(archives, name))
  throw failed(
    aptErrorCode(`${said}\n${ran.stderr}`),
    `to fetch ${packages.join(', ')} from ${sources.map(({ uri, suite }) => `${uri} ${suite}`).join(', ')}`,
    {
      ...ran,
      stderr: `${lists.stderr}\n${ran.stderr}`,
    },
  )
}
