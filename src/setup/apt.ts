/** Debian packages for this machine: one call at a time, as root, lists fetched once and only when something is missing. */
import { type ErrorCode, GauntletError } from '../base/errors.ts'
import { failed, type Ran, run } from '../base/program.ts'

export interface Apt {
  install(packages: readonly [string, ...string[]]): Promise<void>
  /** Those that this machine's package lists know. */
  known(packages: readonly string[]): Promise<string[]>
}

const options = ['-o', 'DPkg::Lock::Timeout=180', '-o', 'Dpkg::Options::=--force-confold', '-o', 'Acquire::Retries=2']
const env = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' }
const timeoutMs = 600_000

export function openApt(): Apt {
  let queue: Promise<unknown> = Promise.resolve()
  let updated: Promise<Ran> | undefined
  const update = () => {
    updated ??= run(['apt-get', ...options, 'update'], { timeoutMs, env })
    return updated
  }
  return {
    async known(packages) {
      await update()
      const shown = await run(['apt-cache', 'show', '--no-all-versions', ...packages], { timeoutMs: 30_000 })
      const names = new Set([...shown.stdout.matchAll(/^Package: (\S+)$/gm)].map(([, name]) => name))
      return packages.filter((name) => names.has(name))
    },
    install(packages) {
      const turn = queue.then(() => installNow(packages, update))
      queue = turn.catch(() => undefined)
      return turn
    },
  }
}

async function installNow(packages: readonly string[], update: () => Promise<Ran>): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new GauntletError('environment/root', `to install ${packages.join(', ')} with apt-get`, {
      cause: `this is uid ${process.getuid?.()}`,
    })
  }
  await run(['dpkg', '--configure', '-a'], { timeoutMs, env }) // an installation that was cut off is finished first
  const lists = await update()
  const ran = await run(['apt-get', ...options, 'install', '-y', '--no-install-recommends', ...packages], { timeoutMs, env })
  if (ran.exitCode === 0) return
  const said = [lists, ran].flatMap(({ stdout, stderr }) => `${stdout}\n${stderr}`.split('\n'))
  const complaints = said.filter((line) => /^(E|W|Err|dpkg): ?/.test(line)).slice(0, 8)
  const seen = { ...ran, stdout: complaints.length > 0 ? complaints.join('\n') : ran.stdout, stderr: '' }
  throw failed(aptErrorCode(said.join('\n')), `\`apt-get install ${packages.join(' ')}\``, seen)
}

/** What kind of trouble apt-get's words are of. */
export function aptErrorCode(said: string): ErrorCode {
  if (/No space left on device|enough free space/i.test(said)) return 'environment/disk'
  if (/Failed to fetch|Could not (resolve|connect|handshake)|Temporary failure|Cannot initiate the connection/i.test(said))
    return 'environment/network'
  return 'environment/setup'
}
