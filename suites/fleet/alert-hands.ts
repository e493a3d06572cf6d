/** What a suite about alerts asks: the sink for what people were told, Prometheus for what it measured, servers for what they think. */
import type { Entry } from '../../fixtures/fleet/sink-record.ts'
import { roleLabel, type ServiceRole } from '../../src/fleet/compose.ts'
import { type ExecAnswer, openEngine } from '../../src/fleet/engine.ts'
import { prometheusPort } from '../../src/fleet/prometheus.ts'
import { sinkRecordUrl } from '../../src/fleet/sink.ts'
import type { SmallFleet } from '../small-fleet.ts'

export interface Recorded {
  readonly heartbeats: number
  readonly heartbeatAgeMs: number | null
  readonly alerts: readonly Entry[]
  readonly refused: number
}

/** promtool's own tests of all rules take ten seconds of a processor, of which such a container has the last share. */
const insideMs = 120_000

export function inWords(entries: readonly Entry[]): string[] {
  return entries.map(({ service, channel, alert, level, subject }) => `${service} ${channel}: ${level} ${alert}, ${subject}`)
}

export function alertHands(small: SmallFleet) {
  async function inside(role: ServiceRole, argv: readonly string[], stdin?: string): Promise<ExecAnswer> {
    const container = (await small.fleet.containers()).find(({ labels }) => labels[roleLabel] === role)
    return openEngine(small.ready.engine).exec(container?.id ?? '', argv, {
      timeoutMs: insideMs,
      ...(stdin === undefined ? {} : { stdin }),
    })
  }
  /** From the management network. @returns status and body */
  async function ask(url: string, body?: string): Promise<{ readonly status: number; readonly text: string }> {
    const options = body === undefined ? {} : { method: 'POST', body }
    const program = `fetch(${JSON.stringify(url)}, ${JSON.stringify(options)}).then(async (a) => console.log(JSON.stringify({ status: a.status, text: await a.text() })))`
    const { stdout, stderr } = await small.fleet.observer().run(['node', '-e', program])
    if (stdout === '') throw new Error(`asking ${url}: ${stderr}`)
    return JSON.parse(stdout)
  }
  const recorded = async (): Promise<Recorded> => JSON.parse((await ask(sinkRecordUrl)).text)
  const told = async (since: number) => (await recorded()).alerts.slice(since)
  return {
    inside,
    ask,
    recorded,
    told,
    allResolved: async (since: number) => (await told(since)).every(({ resolvedAt }) => resolvedAt !== null),
    /** The value of the only sample, or what was found instead. */
    async measured(expression: string): Promise<string> {
      const { text } = await ask(`http://prometheus.mgmt:${prometheusPort}/api/v1/query?query=${encodeURIComponent(expression)}`)
      const { data } = JSON.parse(text) as { data: { result: readonly { value: readonly [number, string] }[] } }
      return data.result.length === 1 ? (data.result[0]?.value[1] ?? '') : JSON.stringify(data.result)
    },
  }
}
