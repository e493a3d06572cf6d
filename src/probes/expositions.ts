/** One read of every agent's /metrics, for the journal's `exposition` event. */
import type { ExpositionEvent } from '../journal/event.ts'
import { requester } from './exchange.ts'
import { readExposition } from './exposition.ts'
import type { Names } from './names.ts'
import type { ObserverConfig, Target } from './protocol.ts'

export type ExpositionAnswer = ExpositionEvent['answers'][number]

const metricsPath = '/metrics'
const maxMetricsBytes = 4 * 1024 * 1024
const atOnce = 40
/** Slower than a health probe is fine: Prometheus itself allows 10 s. */
const withinMs = 3000

export async function readExpositions({ targets }: ObserverConfig, names: Names): Promise<ExpositionAnswer[]> {
  const found: ExpositionAnswer[] = []
  const waiting = targets.filter(({ probe }) => probe === 'health').entries()
  const worker = async () => {
    for (const [index, target] of waiting) found[index] = await readOne(target, names)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return found
}

async function readOne(target: Target, names: Names): Promise<ExpositionAnswer> {
  const { id: agent } = target
  const got = await fetchText(target, names)
  if ('problem' in got) return { agent, problem: got.problem, samples: 0, self: false }
  const { problem, samples } = readExposition(got.text)
  return { agent, problem, samples: samples.length, self: samples.some(({ labels }) => isOf(labels, target)) }
}

/** Names the agent in a label; where the series also names a machine, it must be the agent's. */
function isOf(labels: Readonly<Record<string, string>>, { id, name, machine }: Target): boolean {
  const values = Object.values(labels)
  return values.includes(id) || (values.includes(name) && (labels.machine ?? machine) === machine)
}

function fetchText({ host, port }: Target, names: Names): Promise<{ readonly text: string } | { readonly problem: string }> {
  const http = requester({ address: () => names.address(host), host, port, path: metricsPath, maxBodyBytes: maxMetricsBytes })
  return new Promise<{ readonly text: string } | { readonly problem: string }>((done) => {
    const timer = setTimeout(() => {
      cancel()
      done({ problem: `no complete answer within ${withinMs} ms` })
    }, withinMs)
    const cancel = http.get((exchanged) => {
      clearTimeout(timer)
      if (exchanged.kind !== 'response') done({ problem: exchanged.kind })
      else if (exchanged.status !== 200) done({ problem: `status ${exchanged.status}` })
      else done({ text: exchanged.body })
    })
  }).finally(http.close)
}
