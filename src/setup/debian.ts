/** What Debian this machine is, and where its packages come from. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GauntletError } from '../base/errors.ts'
import { run } from '../base/program.ts'
import { debianSources, parseSources, type Source } from './sources.ts'

/** The keyring that debian-archive-keyring puts on every Debian machine and image. */
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

export interface Debian {
  readonly codename: string
  readonly sources: readonly Source[]
  /** Settings that decide how packages are fetched, as lines of an apt.conf: a proxy, a clock that is off, an own CA. */
  readonly settings: string
}

/** @throws GauntletError when this is no Debian, or its sources name no Debian mirror */
export async function readDebian(root = '/'): Promise<Debian> {
  const release = await readFile(join(root, 'etc/os-release'), 'utf8').catch(() => '')
  const id = /^ID="?(\w+)/m.exec(release)?.[1] ?? 'unknown'
  const codename = /^VERSION_CODENAME="?([\w-]+)/m.exec(release)?.[1] ?? ''
  const sources = debianSources(await readSources(root), codename)
  if (id !== 'debian' || sources.length === 0) {
    const seen = id === 'debian' ? `no entry for ${codename || 'its suite'} with component main` : `ID=${id} in /etc/os-release`
    throw new GauntletError('environment/setup', `to read Debian's package sources (Debian 12 or 13 is needed) below ${root}etc/apt`, {
      cause: seen,
    })
  }
  return { codename, sources, settings: await readSettings() }
}

async function readSources(root: string): Promise<Source[]> {
  const folder = join(root, 'etc/apt/sources.list.d')
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(list|sources)$/.test(name)).sort()
  const files = [join(root, 'etc/apt/sources.list'), ...names.map((name) => join(folder, name))]
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.flatMap((text, index) => parseSources(text, files[index]?.endsWith('.sources') ? 'deb822' : 'one-line'))
}

const kept =
  /^Acquire::(?:https?::(?:[^ ]*::)?(?:Proxy|Proxy-Auto-Detect|CAInfo|Verify-Peer)|Check-Valid-Until|Check-Date|Retries) "[^"]+";$/i

async function readSettings(): Promise<string> {
  const dump = await run(['apt-config', 'dump'], { timeoutMs: 10_000 })
  return dump.stdout
    .split('\n')
    .filter((line) => kept.test(line) && !/Proxy-Auto-Detect/i.test(line))
    .map((line) => `${line}\n`)
    .join('')
}
