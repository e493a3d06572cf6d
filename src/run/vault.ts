/** Which Vault a fleet has: the server that keeps the contract of its KV engine (the default), or HashiCorp’s own. It is always said. */
import { GauntletError } from '../base/errors.ts'
import type { BringUp } from '../fleet/fleet.ts'

export const vaultKinds = ['contract', 'image'] as const
export type VaultKind = (typeof vaultKinds)[number]

/** @throws GauntletError usage/arguments */
export function vaultKindOf(text: string): VaultKind {
  const kind = vaultKinds.find((each) => each === text)
  if (kind !== undefined) return kind
  const problems = [{ message: `--vault: there is no "${text}"`, expected: vaultKinds.join(' or ') }]
  throw new GauntletError('usage/arguments', 'choosing the Vault of the fleet', { problems })
}

/** For the journal, the verdict and a person. */
export function vaultWords({ vault }: BringUp['images']): string {
  return vault === undefined ? 'a server that keeps the contract of KV v2, not HashiCorp’s own' : `HashiCorp’s own, ${vault}`
}
