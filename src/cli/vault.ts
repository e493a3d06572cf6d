/** Which Vault a fleet has: the server that keeps the contract of its KV engine (the default), or HashiCorp's own. It is always said. */
import { GauntletError } from '../base/errors.ts'
import type { Ready } from '../setup/prepare.ts'

export const vaultKinds = ['contract', 'image'] as const
export type VaultKind = (typeof vaultKinds)[number]

/** @throws GauntletError usage/arguments */
export function vaultKindOf(text = 'contract'): VaultKind {
  const kind = vaultKinds.find((each) => each === text)
  if (kind !== undefined) return kind
  const problems = [{ message: `--vault: there is no "${text}"`, expected: vaultKinds.join(' or ') }]
  throw new GauntletError('usage/arguments', 'choosing the Vault of the fleet', { problems })
}

/** The machine with its images, and with Vault's own where that is asked for. @throws as `prepare` and `pullVault` */
export async function readyWith(kind: VaultKind, need: 'images' | 'load' = 'images'): Promise<Ready> {
  const { prepare } = await import('../setup/prepare.ts')
  const ready = await prepare(need)
  if (kind === 'contract') return ready
  const { pullVault } = await import('../setup/vault-image.ts')
  return { ...ready, images: { ...ready.images, vault: await pullVault() } }
}

/** For the journal, the verdict and a person. */
export function vaultWords({ images: { vault } }: Ready): string {
  return vault === undefined ? 'a server that keeps the contract of KV v2, not HashiCorp’s own' : `HashiCorp’s own, ${vault}`
}
