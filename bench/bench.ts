/** `npm run bench`: what it costs, each figure beside what it is compared with, as ratios from one run. Prints the README's table. */
import { prepare } from '../src/setup/prepare.ts'
import { benchFaults } from './faults.ts'
import { benchProbes, probesBenchDefaults } from './probes.ts'
import { benchStartUp } from './start-up.ts'

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
const faults = await benchFaults()
const probes = await benchProbes()
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
  ...Object.entries(probes.others).map(([name, { perCoreSecond }]) => [
    `probes per core-second, ${targets} agents at ${hz} Hz`,
    `${probes.observer.perCoreSecond}`,
    `${perCoreSecond}: ${name}, the same requests`,
    ratio(probes.observer.perCoreSecond, perCoreSecond),
  ]),
  [
    'the observer at that rate',
    `${Math.round((100 * probes.observer.cpuSeconds) / seconds)} % of a core, ${probes.unsent} slots unsent`,
    '60 % of a core: the target',
    ratio((100 * probes.observer.cpuSeconds) / seconds, 60),
  ],
]
process.stdout.write(`${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`)

function ratio(measured: number, other: number): string {
  return `${(measured / other).toFixed(2)} ×`
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}
