/**
 * Startup configs as they were before secrets were files: the hubs' passwords stand in their env_vars, and the message servers take
 * these. Invented, and the same in every fleet, as a password that somebody once wrote into a file is.
 */
import { withValue } from '../config/edit.ts'
import type { StartupAgent, StartupConfig } from '../config/startup.ts'
import { natsPassword } from './secrets.ts'

/** @param hubs of this config */
export function withPlainCredentials({ text, machine }: StartupConfig, hubs: readonly StartupAgent[]): string {
  const password = `written-into-the-config-of-${machine}`
  return hubs.reduce(
    (edited, { path, environment }) => withValue(edited, [...path, 'env_vars'], { ...environment, [natsPassword]: password }),
    text,
  )
}
