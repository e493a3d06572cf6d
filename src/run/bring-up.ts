/** From a checked request and a host that is ready to what brings a fleet up; `gate`, `drill` and `up` share it. */
import { serversWith } from '../fleet/defective.ts'
import type { BringUp } from '../fleet/fleet.ts'
import { monitoringOf } from '../fleet/monitoring.ts'
import { natsConfigsOf } from '../fleet/nats.ts'
import { observerConfigOf, observerConfigPath } from '../probes/config.ts'
import type { FleetRequest } from './request.ts'

/** What the set-up found on this host, or made. */
export type ReadyHost = Pick<BringUp, 'engine' | 'compose' | 'images' | 'k6'>

export interface FleetIdentity {
  /** Of the run, and of everything it makes. */
  readonly run: string
  readonly directory: string
  readonly seed: number
  readonly kept?: boolean
  /** Whether a fault of the run needs the engine itself. */
  readonly hand?: boolean
}

export function bringUpOf(
  { configs, deployments, defects, timeScale }: FleetRequest,
  { images, engine, compose, k6 }: ReadyHost,
  identity: FleetIdentity,
): BringUp {
  const { run, directory, seed, kept = false, hand = false } = identity
  const { topology } = configs
  return {
    run,
    directory,
    kept,
    hand,
    topology,
    deployments,
    natsConfigs: natsConfigsOf(topology),
    observer: { path: observerConfigPath, config: observerConfigOf(topology, { phase: phaseOf(seed) }) },
    monitoring: serversWith(monitoringOf({ topology, deployments, timeScale }), defects),
    images,
    ...(k6 === undefined ? {} : { k6 }),
    boot: 'when-told',
    engine,
    compose,
  }
}

/** Where in its interval the observer's schedule begins: as good as random, and the same for the same seed. */
function phaseOf(seed: number): number {
  return ((seed * 0x9e3779b1) % 2 ** 32) / 2 ** 32
}
