/** HashiCorp's own Vault, for who asks for it (`--vault image`): pulled from its registry, and never replaced by anything else. */
import { failed, run } from '../base/program.ts'

/** The last one before a year of this writing; KV version 2 has not changed since 0.10. */
export const vaultImage = 'hashicorp/vault:1.18'

/** A registry that is cut off by a packet filter answers nothing at all; one that answers sends some 200 MB. */
const pullMs = 180_000
const inspectMs = 20_000

/** @returns its name. @throws GauntletError environment/image with what was tried and what the engine said */
export async function pullVault(execute: typeof run = run): Promise<string> {
  const there = await execute(['docker', 'image', 'inspect', '--format', '{{.Id}}', vaultImage], { timeoutMs: inspectMs })
  if (there.exitCode === 0) return vaultImage
  const pulled = await execute(['docker', 'pull', '--quiet', vaultImage], { timeoutMs: pullMs })
  if (pulled.exitCode === 0) return vaultImage
  throw failed('environment/image', `to pull HashiCorp's Vault, for --vault image: \`docker pull --quiet ${vaultImage}\``, pulled)
}
