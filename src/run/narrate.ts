/** A run in words, while it runs: one line on standard error for each scenario, phase and fault. */
import type { EventBody } from '../journal/event.ts'

/** @returns something to be told of every event that is written */
export function narrator(nowMs: () => number, write: (line: string) => void): (body: EventBody) => void {
  let scenario = ''
  let affected: readonly string[] = []
  const say = (text: string) => write(`${(nowMs() / 1000).toFixed(1).padStart(7)} s  ${scenario.padEnd(20)} ${text}\n`)
  return (body) => {
    if (body.kind === 'scenario') {
      scenario = body.name
      affected = []
    }
    if (body.kind === 'plan') affected = [...new Set([...affected, ...body.radius])]
    const isRecovery = body.kind === 'phase' && body.name === 'recovery'
    const words = isRecovery ? `recovery: waiting for ${some(affected) || 'the whole fleet'} to be healthy` : wordsOf(body)
    if (words !== undefined) say(words)
  }
}

function wordsOf(body: EventBody): string | undefined {
  if (body.kind === 'phase') return body.name
  if (body.kind === 'plan') return `${body.fault} on ${some(body.targets)}`
  if (body.kind === 'lease')
    return ['applied', 'refused', 'released', 'expired', 'failed'].includes(body.state)
      ? `fault ${body.state}${body.detail ? `: ${body.detail}` : ''}`
      : undefined
  if (body.kind === 'boot')
    return `${body.machine}: ${body.dryRun ? 'dry run, ' : ''}${body.scripts.found}/${body.scripts.total} scripts found${body.ok ? '' : ', not ok'}`
  if (body.kind === 'load') return `load ${body.load}: ${body.design}, ${body.replicates} slots of ${body.slotMs / 1000} s`
  if (body.kind === 'load-end')
    return `load ${body.load} ended: ${body.sent ?? 'nobody knows how many'} requests, ${body.dropped ?? '?'} dropped`
  if (body.kind === 'observer' && body.state === 'lost') return `observer lost: ${body.detail ?? ''}`
  if (body.kind === 'abort') return `aborting: ${body.condition}: ${body.seen}`
  if (body.kind === 'trouble') return `trouble: ${body.message}`
  return undefined
}

function some(targets: readonly string[]): string {
  return targets.length > 3 ? `${targets.slice(0, 2).join(', ')} and ${targets.length - 2} more` : targets.join(', ')
}
