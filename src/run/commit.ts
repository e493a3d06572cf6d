/** Of which commit the harness is: apart from the rest of who a run is, which a command line needs before any program is started. */
import { run } from '../base/program.ts'

/** `null` and false outside a repository or without git. */
export async function commitOf(directory: string): Promise<{ readonly commit: string | null; readonly dirty: boolean }> {
  const git = (...args: string[]) => run(['git', ...args], { cwd: directory, timeoutMs: 60_000 })
  const [head, status] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain')])
  if (head.exitCode !== 0 || status.exitCode !== 0) return { commit: null, dirty: false }
  return { commit: head.stdout.trim(), dirty: status.stdout.trim() !== '' }
}
