/** The machine made ready for what was asked: engine, compose and images, Vault's own among them where that is wanted. */
import type { VaultKind } from '../run/vault.ts'
import type { Ready } from '../setup/prepare.ts'

/** Modules are loaded as they are needed: a mistyped command should not wait for an engine's client. @throws as `prepare` and `pullVault` */
export async function readyWith(kind: VaultKind, need: 'images' | 'load' = 'images'): Promise<Ready> {
  const { prepare } = await import('../setup/prepare.ts')
  const ready = await prepare(need)
  if (kind === 'contract') return ready
  const { pullVault } = await import('../setup/vault-image.ts')
  return { ...ready, images: { ...ready.images, vault: await pullVault() } }
}
