/** The gate's own scenarios for a fleet of a dozen, made from those of scenarios/: seconds show there what minutes show of 77. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { root } from './command.ts'

interface Written {
  readonly steady: string
  readonly faults: readonly { readonly hold: string }[]
  readonly limits?: object
}

/** By which the alerts' times are divided: an agent that hangs for its hold is still no alert, and a hub that is away is one. */
export const timeScale = 15
/** What a hold is there for: an alert that must have come, or everybody's answers. */
const holds: Readonly<Record<string, string>> = { '45s': '20s', '12s': '10s' }
const steady = '10s'
/** So few slots can show 99 %, and no more. */
const uptime = 0.99

/** @returns a folder to be removed, and the names of its scenarios */
export function smallGate(): { readonly folder: string; readonly scenarios: readonly string[] } {
  const from = join(root, 'scenarios')
  const folder = mkdtempSync(join(tmpdir(), 'gauntlet-gate-'))
  mkdirSync(join(folder, 'suites'))
  for (const file of ['promises.yaml', 'suites/gate.yaml']) copyFileSync(join(from, file), join(folder, file))
  const { scenarios } = parse(readFileSync(join(from, 'suites/gate.yaml'), 'utf8')) as { scenarios: readonly string[] }
  for (const name of scenarios) {
    const scenario = parse(readFileSync(join(from, `${name}.yaml`), 'utf8')) as Written
    const faults = scenario.faults.map((fault) => ({ ...fault, hold: shorter(fault.hold, name) }))
    writeFileSync(join(folder, `${name}.yaml`), stringify({ ...scenario, steady, faults, limits: { ...scenario.limits, uptime } }))
  }
  return { folder, scenarios }
}

function shorter(hold: string, scenario: string): string {
  const scaled = holds[hold]
  if (scaled === undefined) throw new Error(`${scenario} holds a fault for ${hold}: say above how long that is on a small fleet`)
  return scaled
}
