/** The engine that is there, for commands that would never install one. */
import { GauntletError } from '../base/errors.ts'
import { type Engine, openEngine } from '../fleet/engine.ts'
import { askEngine } from '../setup/engine.ts'

/** @throws GauntletError environment/engine when none answers, or environment/root when this user may not reach it */
export async function theEngine(): Promise<Engine> {
  const asked = await askEngine()
  if (asked.kind === 'answers') return openEngine(asked.engine.host)
  throw new GauntletError(asked.kind === 'denied' ? 'environment/root' : 'environment/engine', 'to reach the Docker engine', {
    cause: asked.said,
  })
}
