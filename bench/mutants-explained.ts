/** Mutants that no test can notice, each with why: the change makes no difference to any verdict. */

interface Explained {
  readonly file: string
  /** Part of the line. */
  readonly code: string
  readonly was: string
  readonly because: string
}

const sameOutcome = 'of two equal outcomes either is the same'
const oneMillisecond = 'no scenario waits for one millisecond'
const lastBit = 'the two are never equal to the last bit of a square root'
const named = 'which batches are named beside the phases'
const overwritten = 'the first failure writes it before anybody reads it'
const noSampleFirst = 'the first events of a journal are no samples'
const twoPlaces = 'two events have two places'

const of = (file: string, code: string, because: string, ...was: readonly string[]): readonly Explained[] =>
  was.map((each) => ({ file: `src/${file}.ts`, code, was: each, because }))

export const explained: readonly Explained[] = [
  ...of('evidence/finding', 'const rank = {', 'only the order counts', '2'),
  ...of('evidence/finding', 'rank[b] > rank[a]', sameOutcome, '>'),
  ...of('evidence/finding', 'return rank[a.outcome] > rank[b.outcome]', 'two different outcomes never have one rank', '>'),
  ...of('evidence/finding', "if (a.outcome === 'unknown' || b.outcome", 'the two are equal here: both are named for the type', '||'),
  ...of('evidence/finding', 'return own > other', 'the two differ here', '>'),
  ...of('checks/alerts', "const before = readBefore(scenario, 'notices')", 'it is read once before the fault', '.findLast('),
  ...of('checks/alerts', "const after = readAfter(scenario, 'notices')", 'it is read once after the fault', '.findLast('),
  ...of('checks/alerts', 'const slowMs = Math.max', 'a millisecond is no long read', '0'),
  ...of('checks/alerts', 'const took = seconds(Math.max', 'a millisecond is less than is said', '0'),
  ...of(
    'checks/alerting/accounting',
    'deliveredIn([read]).find(',
    'of two that are alike, what the one that fires on was worth is said where both were first judged',
    '.find(',
  ),
  ...of('checks/alerting/accounting', 'before?.explained.find(', 'of two that are alike either tells whose business they are', '.find('),
  ...of(
    'checks/alerting/accounting',
    'const under = unread.findLast(',
    'neither of two scenarios that were not read says more',
    '.findLast(',
  ),
  ...of('checks/alerting/accounting', 'each.phases.at(-1)?.toMs ?? 0', 'no fault is applied outside of all phases', '0'),
  ...of('checks/alerting/heartbeats', 'if (heartbeatMs === null || listedMs', 'what is no time is near to none', '||'),
  ...of('checks/alerting/held', 'return aMs === undefined || bMs', 'what is no number is not compared either', '||'),
  ...of('checks/alerting/stalls', 'const jump = lags.find', 'of two jumps of the clock either explains it', '.find('),
  ...of('checks/coverage', 'if (batches.length < 2)', named, '<', '2'),
  ...of('checks/coverage', 'else batches[1]', named, '1', 'Math.max('),
  ...of(
    'checks/coverage',
    "scenario.of('lease').find((event) => event.lease === lease",
    'a lease is applied once, and released once',
    '.find(',
  ),
  ...of('checks/coverage', 'const target = history.topology?.agents.findIndex', 'neither is the place of an agent', '1'),
  ...of(
    'checks/coverage',
    'if (atMs - ageMs >= overMs)',
    'what is heard in the very instant of the end is of before as well as of after',
    '>=',
  ),
  ...of('checks/coverage', '{ sinceStartMs: ms = 0', 'who has no record has no status, which is looked at first', '0'),
  ...of('checks/durability', "const before = readBefore(scenario, 'accounts')", 'it is read once before the fault', '.findLast('),
  ...of('checks/durability', 'return topology?.agents.find', 'of two hubs that are left either may be named', '.find('),
  ...of('checks/config', '.filter(({ dryRun }) => !dryRun)', 'where both runs find all scripts they have found the same', '!'),
  ...of('checks/config', 'const unclear = answers.find', 'of two answers that are unclear either is shown', '.find('),
  ...of('evidence/scope', 'const lastReadMs =', 'no recovery ends in the first millisecond of a run', '0'),
  ...of('evidence/scope', 'filter(({ seq }) => seq < begun)', twoPlaces, '<'),
  ...of('evidence/scope', 'filter(({ seq }) => seq > over)', twoPlaces, '>'),
  ...of('evidence/slots', 'let seenMs = (scheduledMs[0]', 'of the first slots none is vouched for by one before them', '0', '2'),
  ...of('evidence/slots', 'for (let i = 0; i < length', 'behind the last sample is none of the sentinel', '<'),
  ...of('evidence/slots', 'const sorted = spans.filter', 'a span of no length holds no instant', '>'),
  ...of('evidence/accounting', 'if (terms === undefined || timelines', 'with an extent there are timelines where there are terms', '||'),
  ...of('evidence/silence', 'const longestUnseenMs', 'what was not seen lies between slots, which are further apart', '2_000'),
  ...of('evidence/silence', 'let unseenMs = 0', 'a millisecond is shorter than what is said', '0'),
  ...of('evidence/effect', 'const open = steps.find', twoPlaces, '<'),
  ...of('evidence/effect', 'const loadEnd = scenario', twoPlaces, '<'),
  ...of('evidence/timeline', 'const restartedMs =', 'without agents that restart none has a time for it', '0'),
  ...of('evidence/outages', 'const freshRun = ', overwritten, '0'),
  ...of('evidence/outages', 'const grain = ', 'the last bits of a division are smaller than either', '6'),
  ...of('evidence/window-uptime', 'return undefined', 'either is no finding', 'return undefined'),
  ...of('evidence/outages', 'const batches = { first:', 'any number below 0 is no batch', '1'),
  ...of('evidence/outages', 'if (batch < batches.first)', 'of two equal numbers either is the same', '<'),
  ...of('evidence/outages', 'if (batch > batches.last)', 'of two equal numbers either is the same', '>'),
  ...of('evidence/outages', 'batches: batches.last < 0', noSampleFirst, '<', '0'),
  ...of('evidence/window-uptime', 'const named = 20', 'how many of many batches are named', '20'),
  ...of('evidence/window-uptime', 'plannedMs = 0', oneMillisecond, '0'),
  ...of('evidence/window-uptime', 'const more = (agentSeconds', 'a thousandth of what would help helps nobody', '1000'),
  ...of('evidence/window-uptime', 'if (lowS > allowed * Math.max', lastBit, '>'),
  ...of('evidence/window-uptime', 'if (highS <= allowed * observedS)', lastBit, '<='),
  ...of('evidence/window-uptime', 'a && a.fails >= b.fails', 'of two equal outages either is the largest', '>='),
  ...of('checks/latency', "const missing = parts.find((part) => 'missing'", 'of two parts that are missing either is one', '.find('),
  ...of('checks/latency', "const end = scenario.of('load-end').find", 'a load ends once', '.find('),
  ...of(
    'checks/latency',
    "scenario.of('lease').find((event) => event.lease === lease",
    'a lease is applied once, and released once',
    '.find(',
  ),
  ...of('checks/latency', 'const outside = parts.find', 'of two parts outside either is one', '.find('),
  ...of('checks/latency', 'const outside = parts.find', 'nothing is sent and changed in one millisecond', '<', '>'),
  ...of('checks/latency', 'const [replicates = 0', 'a load of no machine has no samples, and is missing', '0'),
  ...of('checks/latency', 'const sent = parts.reduce', 'a part that does not tell is missing', '0'),
  ...of('checks/latency', '...(twins.length > 0', 'of two quantiles there are none or several', '0'),
  ...of('checks/latency', '...(advice.length > 0', 'of two machines there are none or two', '0'),
  ...of('checks/recovery', 'const failed = earlier.find', 'of two recoveries that failed either is one', '.find('),
  ...of('checks/recovery', 'effectiveFromMs(scenario, plan) ?? 0', 'what was never shown to be in effect is not in place either', '0'),
  ...of('checks/recovery', 'const isInPlace = proofs.length > 0', 'without a proof there is no time from which it was in effect', '>'),
  ...of('checks/recovery', 'const ids = others.filter', 'before the first fault there is one span', '.some('),
  ...of('checks/recovery', 'const inside = new Set', twoPlaces, '<'),
  ...of('checks/recovery', 'const next = (id: string)', twoPlaces, '>'),
  ...of('checks/recovery', 'endOf(other) > endOf(plan)', 'two events have two places; faults that never ended are unknown either way', '>'),
  ...of('checks/rollback', 'const trouble = states.find', 'of two troubles either is one', '.find('),
  ...of('checks/rollback', 'const other = states.find', 'of two states that are not the old one either is wrong', '.find('),
  ...of('checks/rollback', 'const kind = proofs.map', 'the proofs of one change name one kind', '.find('),
  ...of('checks/rollback', 'proofs.find((each) => each.machine === machine)', 'a change has one step a machine', '.find('),
  ...of('checks/residue', 'const endMs = states.find', 'a lease ends once', '.find('),
  ...of('checks/residue', 'const why = states.find', 'a lease fails once', '.find('),
  ...of('verdict/limits', 'const limit = names.find', 'no two limits have one name', '.find('),
  ...of('verdict/long-run', 'agents: topology?.agents.length ?? 0', 'without a topology nothing was watched', '0'),
  ...of('verdict/long-run', 'return ratio < 1 && four >= 100', 'of the whole both say 100 %', '<', '1'),
  ...of('verdict/long-run', 'const minutes = ms / 60_000', 'so small a part of a time is not said', '60_000'),
  ...of('verdict/long-run', 'if (minutes < 2)', 'in which unit a time is said', '<', '2'),
  ...of('verdict/long-run', 'return minutes < 120', 'in which unit a time is said', '<', '120'),
  ...of('verdict/stages', 'const measure = { value: Math.max(0, ...started', oneMillisecond, '0'),
  ...of('verdict/stages', 'if (open.length > 0 || agents.length === 0)', 'of a fleet without agents its uptime is unknown already', '0'),
  ...of('evidence/sustained', "const fromMs = scenario.of('lease').find", 'a lease is applied once', '.find('),
  ...of('evidence/sustained', 'return batches.size < namedBatches', named, '<'),
  ...of('evidence/sustained', 'const looks = plan.expectations', twoPlaces, '>'),
  ...of('evidence/sustained', 'const { askedMs = 0 } = recovery', 'a run that is longer than the limit is unknown either way', '0'),
  ...of('evidence/sustained', 'const namedBatches = 20', named, '20'),
  ...of('evidence/sustained', 'let full = 0', 'the first good answer writes it before anybody reads it', '0'),
  ...of('evidence/sustained', 'Math.max(0, startMs + longEnoughMs', oneMillisecond, '0'),
  ...of('evidence/sustained', 'return undefined', 'whatever is not "enough" goes on', 'return undefined'),
  ...of('checks/uptime', 'const plannedMs = wentOn', oneMillisecond, '0'),
]
