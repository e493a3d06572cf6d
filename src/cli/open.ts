/** `open`: the dashboard and Prometheus of a running fleet, at addresses of this machine, for as long as the command runs. */
import { GauntletError } from '../base/errors.ts'
import { runLabel } from '../fleet/compose.ts'
import { byLabel } from '../fleet/holdings.ts'
import { openWindow } from '../run/window.ts'
import type { Arguments } from './arguments.ts'
import { theEngine } from './engine.ts'

/** @throws GauntletError usage/arguments when it is not clear which fleet is meant */
export async function open(args: Arguments): Promise<number> {
  const engine = await theEngine()
  const fleets = byLabel(await engine.holdings(runLabel), runLabel)
  const all = [...fleets.keys()]
  const [wanted = all.length === 1 ? all[0] : undefined] = args.positionals
  const holdings = wanted === undefined ? undefined : fleets.get(wanted)
  if (holdings === undefined) {
    const message = wanted === undefined ? `${all.length} fleets are running` : `no fleet is called ${wanted}`
    const expected = all.length > 0 ? `one of ${all.join(', ')}` : './gauntlet up or docker compose up brings one up'
    throw new GauntletError('usage/arguments', message, { problems: [{ message, expected }] })
  }
  await using window = await openWindow(engine, holdings)
  for (const { name, address, url } of window.views) process.stdout.write(`${url}  ${name} (${address})\n`)
  process.stdout.write('Open until Ctrl-C.\n')
  await new Promise<void>((ended) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => ended())
  })
  return 0
}
