/** Services of the fleet, asked from inside a machine: many with one command. */
import { GauntletError } from '../base/errors.ts'
import type { MachineId } from '../fleet/topology.ts'
import type { Fetched } from '../tool/fetch.ts'
import type { Hands } from './hold.ts'

/**
 * @returns what those said that answered with 200; who does not answer, or not with JSON, is left out: that is the fleet's doing
 * @throws GauntletError harness/tool when the command itself failed
 */
export async function askInside(
  hands: Hands,
  machine: MachineId,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Fetched>> {
  const options = { stdin: `${JSON.stringify(urls)}\n`, signal }
  const { exitCode, stdout, stderr } = await hands.tool(machine).run(['tool', 'fetch-each'], options)
  if (exitCode !== 0) throw new GauntletError('harness/tool', `\`tool fetch-each\` on ${machine} ended with ${exitCode}: ${stderr.trim()}`)
  const answers = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Fetched)
  return new Map(answers.filter(({ status }) => status === 200).map((answer) => [answer.url, answer]))
}

/** The fleet may say anything. Undefined where it is not JSON. */
export function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
