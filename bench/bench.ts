/** `npm run bench`: what it costs, each figure beside what it is compared with, as ratios from one run. Prints the README's table. */
import { prepare } from '../src/setup/prepare.ts'
import { benchFaults } from './faults.ts'
import { benchJudge } from './judge.ts'
import { benchOutage } from './outage.ts'
import { benchProbes, manyTargets, probesBenchDefaults } from './probes.ts'
import { benchStartUp } from './start-up.ts'
import { benchWhole, wholeTargets } from './whole.ts'

// k6 is one of those the observer is compared with.
const ready = await prepare('load')
process.env.PATH = `${ready.k6?.replace(/\/[^/]*$/, '') ?? ''}:${process.env.PATH}`

// The noisiest of all: the one in the middle of five.
const startUps = [
  await benchStartUp(ready),
  await benchStartUp(ready),
  await benchStartUp(ready),
  await benchStartUp(ready),
  await benchStartUp(ready),
]
const startUp = startUps.toSorted((a, b) => a.startUpMs / a.floorMs - b.startUpMs / b.floorMs)[2] as (typeof startUps)[number]
const whole = await benchWhole(ready)
const faults = await benchFaults()
const probes = await benchProbes()
const many = await benchProbes(manyTargets)
const outage = await benchOutage()
const judged = benchJudge()
const { targets, hz, seconds } = probesBenchDefaults

const rows = [
  ['what', 'measured', 'compared with', 'ratio'],
  ['---', '---', '---', '---'],
  [
    `${startUp.agents} agents healthy from cold`,
    `${(startUp.startUpMs / 1000).toFixed(1)} s`,
    `${(startUp.floorMs / 1000).toFixed(1)} s: CPU seconds of ${startUp.agents} bare Node HTTP servers ÷ cores`,
    ratio(startUp.startUpMs, startUp.floorMs),
  ],
  [
    `memory of the ${startUp.agents}, their machines included`,
    `${startUp.memoryMb.toFixed(0)} MB`,
    '1536 MB: the target',
    ratio(startUp.memoryMb, 1536),
  ],
  ...wholeRows(),
  [
    'command → process stopped, undo armed, effect proven',
    ms(faults.effectiveMs),
    `${ms(faults.byHandMs)}: \`docker exec … kill -STOP\`, and a look`,
    ratio(faults.effectiveMs, faults.byHandMs),
  ],
  [
    'command → fault undone, absence proven',
    ms(faults.releasedMs),
    `${ms(faults.releasedByHandMs)}: \`docker exec … kill -CONT\`, and a look`,
    ratio(faults.releasedMs, faults.releasedByHandMs),
  ],
  [
    'command → machine cut off from the other, proven',
    ms(faults.partition.heldMs),
    '500 ms: the target',
    ratio(faults.partition.heldMs, 500),
  ],
  ['command → whole again, proven', ms(faults.partition.releasedMs), '500 ms: the target', ratio(faults.partition.releasedMs, 500)],
  ...Object.entries({ 'process stopped': faults.rivals.stop, 'process killed': faults.rivals.kill }).flatMap(
    ([name, { oursMs, chaosRunMs, chaosActionMs }]) => [
      [
        `command → ${name}, as the kernel shows it`,
        ms(oursMs),
        `${ms(chaosRunMs)}: \`chaos run\`, its process action without undo or proof`,
        ratio(oursMs, chaosRunMs),
      ],
      [`the same`, ms(oursMs), `${ms(chaosActionMs)}: that action alone, within an experiment that runs`, ratio(oursMs, chaosActionMs)],
    ],
  ),
  ...Object.entries({ idle: faults.idle.idle, ...faults.idle.holding }).map(([name, share]) => [
    `tool containers of both machines, ${name === 'idle' ? name : `holding ${name}`}`,
    `${(100 * share).toFixed(2)} % of a core`,
    '2 % of a core: the target',
    ratio(share, 0.02),
  ]),
  ...Object.entries(probes.others).map(([name, { perCoreSecond }]) => [
    `probes per core-second, ${targets} agents at ${hz} Hz`,
    `${probes.observer.perCoreSecond}`,
    `${perCoreSecond}: ${name}, the same requests`,
    ratio(probes.observer.perCoreSecond, perCoreSecond),
  ]),
  [
    'the observer at that rate',
    `${percent(probes.observer.cpuSeconds / seconds)}, ${probes.unsent} slots unsent`,
    '60 % of a core: the target',
    ratio((100 * probes.observer.cpuSeconds) / seconds, 60),
  ],
  [
    `slots unsent of ${manyTargets.targets} targets at ${manyTargets.hz} Hz, on two cores with who answers (${percent(many.targetShare)})`,
    `${many.unsent} of ${many.unsent + many.observer.probes}, ${percent(many.observer.cpuSeconds / manyTargets.seconds)}`,
    '0: the target',
    '–',
  ],
  ...Object.entries(outage.reportedMs).map(([name, reportedMs]) => [
    `a target that stands still for ${inSeconds(outage.frozenMs)}, asked at 4 Hz, as ${name} reports it`,
    name === 'the observer' ? `${inSeconds(reportedMs)}, ${inSeconds(outage.unknownMs)} unknown` : inSeconds(reportedMs),
    `${inSeconds(outage.downMs)}: down as uptime is defined`,
    ratio(reportedMs, outage.downMs),
  ]),
  [
    `samples judged per core-second, of ${judged.samples / 1e6} million`,
    `${(judged.samplesPerCoreSecond / 1e6).toFixed(2)} million`,
    '1 million: the target',
    ratio(judged.samplesPerCoreSecond, 1e6),
  ],
  ['memory of judging them', `${judged.peakMb} MB`, '300 MB: the target', ratio(judged.peakMb, 300)],
]
process.stdout.write(`${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`)

function wholeRows(): string[][] {
  const target = (what: string) => `${what}: the target`
  return [
    [
      `the whole system, from nothing to ${whole.agents} healthy, registered and scraped`,
      `${(whole.scrapedMs / 1000).toFixed(1)} s`,
      target(`${wholeTargets.upMs / 1000} s`),
      ratio(whole.scrapedMs, wholeTargets.upMs),
    ],
    [
      `memory of its ${whole.containers} containers, the observer left out`,
      `${whole.memoryMb.toFixed(0)} MB`,
      target(`${wholeTargets.memoryMb} MB`),
      ratio(whole.memoryMb, wholeTargets.memoryMb),
    ],
    [
      'the same, idle, at one scrape each 5 s, without the observer',
      percent(whole.idleCores),
      target(percent(wholeTargets.idleCores)),
      ratio(whole.idleCores, wholeTargets.idleCores),
    ],
    [
      'what the observer adds at its rate, with those who answer it',
      percent(whole.observerCores),
      `${percent(whole.idleCores)}: the system without it`,
      ratio(whole.observerCores, whole.idleCores),
    ],
    [
      'the whole system, disposed of',
      `${(whole.disposalMs / 1000).toFixed(1)} s`,
      target(`${wholeTargets.disposalMs / 1000} s`),
      ratio(whole.disposalMs, wholeTargets.disposalMs),
    ],
  ]
}

function ratio(measured: number, other: number): string {
  return `${(measured / other).toFixed(2)} ×`
}

function percent(cores: number): string {
  return `${(100 * cores).toFixed(0)} % of a core`
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}
