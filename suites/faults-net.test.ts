/** Faults of the network on a real fleet: the effect, then its absence, seen by other means than their own proofs; expiry; foreign rules. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Targets } from '../src/fleet/select.ts'
import type { MachineId } from '../src/fleet/topology.ts'
import { eyesOn, type Held, holdOn, machines, proven, statesOf } from './held-faults.ts'
import { pooledFleet } from './pool.ts'
import { farWorker, mainpc, pc2, type SmallFleet, until, well, worker } from './small-fleet.ts'
import { residueOf } from './standing.ts'

let small: SmallFleet
let eyes: ReturnType<typeof eyesOn>
let leases = 0
beforeAll(async () => {
  small = await pooledFleet()
  eyes = eyesOn(small)
})
afterAll(() => small?.[Symbol.asyncDispose]())

/** Measured, for whoever reads along: nothing is asserted of an absolute time. */
const tell = (words: string) => process.stderr.write(`${words}\n`)

type Kind = 'partition' | 'link' | 'port-squat' | 'dns'
function hold(kind: Kind, params: object, targets: Targets, ttlMs?: number): Promise<Held> {
  leases += 1
  return holdOn(small, `n${leases}`, kind, params, targets, ttlMs)
}
const cut = (direction = 'both', more: object = {}) => hold('partition', { direction, ...more }, machines(pc2))
const residue = () => residueOf(small)
const on = (machine: MachineId, ...argv: readonly string[]) => eyes.on(machine, ...argv)
const fetched = (from: MachineId, url: string) => eyes.fetched(from, url)
const sees = (from: MachineId, url: string) => eyes.sees(from, url)
const ruled = (machine: MachineId) => eyes.ruled(machine)
const farHealth = (from: MachineId) => fetched(from, 'http://pc2.lan:8400/health')
const nearHealth = (from: MachineId) => fetched(from, 'http://mainpc.lan:8300/health')
/** A chain of the kernel's own that lets everything pass is as good as none. */
const plain = (rules: string) => rules.replaceAll(/^:\w+ ACCEPT *$|^\*\w+$|^COMMIT$|\n/gm, '')
const bus = 'nats-pc2' as MachineId
/** The leaf link between the message servers, by the centre's own word. */
const leaves = async () => Number(/"leafnodes": (\d+)/.exec(await fetched(mainpc, 'http://nats-mainpc:8222/leafz'))?.[1])

test('a whole partition: nobody reaches the machine nor its message server over the data network, and inside all is well', async () => {
  const before = await residue()
  const rules = await Promise.all([pc2, bus].map(ruled))
  const { lease, journal, tookMs } = await cut()
  expect(proven(journal, 'effective')).toEqual([true, true])
  expect(await farHealth(mainpc)).toContain('no answer')
  expect(await nearHealth(pc2)).toContain('no answer')
  expect(await fetched(mainpc, 'http://nats-pc2:8222/varz')).toContain('no answer')
  expect((await on(bus, 'tool', 'fetch', 'http://nats-mainpc:8222/varz')).said).toContain('no answer')
  expect(await fetched(pc2, 'http://nats-pc2:8222/varz')).toContain('server_name') // its own stays with it
  expect([await small.health(worker), await small.health(farWorker)]).toEqual([well, well])
  const inAndOut = (await on(pc2, 'iptables-save', '-c')).said.match(/^\[[1-9]\d*:\d+\] -A (INPUT|OUTPUT) .*gauntlet:/gm) ?? []
  expect(inAndOut.length).toBe(2)
  const fromMs = performance.now()
  await lease.release()
  const undoMs = performance.now() - fromMs
  expect(proven(journal, 'gone')).toEqual([true, true])
  expect([await sees(mainpc, 'http://pc2.lan:8400/health'), await sees(pc2, 'http://mainpc.lan:8300/health')]).toEqual([true, true])
  expect(await until(async () => (await leaves()) === 1, 15_000)).toBe(true)
  expect(await residue()).toEqual(before)
  const after = await Promise.all([pc2, bus].map(ruled))
  expect(after.map(plain)).toEqual(rules.map(plain))
  tell(`partition: cut and proven in ${tookMs.toFixed(0)} ms, undone and proven gone in ${undoMs.toFixed(0)} ms`)
})

test('one way: the target is heard and does not hear, or hears and is not heard', async () => {
  const count = async (chain: string) =>
    Number(new RegExp(`^\\[(\\d+):\\d+\\] -A ${chain} .*gauntlet:`, 'm').exec((await on(pc2, 'iptables-save', '-c')).said)?.[1] ?? -1)
  {
    await using deaf = await cut('in')
    expect(proven(deaf.journal, 'effective')).toEqual([true, true])
    expect(await count('OUTPUT')).toBe(-1)
    const before = await count('INPUT')
    expect(await nearHealth(pc2)).toContain('no answer') // its question arrives; the answers are dropped here
    expect(await count('INPUT')).toBeGreaterThan(before)
  }
  {
    await using mute = await cut('out')
    expect(proven(mute.journal, 'effective')).toEqual([true, true])
    expect(await count('INPUT')).toBe(-1)
    const before = await count('OUTPUT')
    expect(await farHealth(mainpc)).toContain('no answer') // the question arrives; our answers are dropped
    expect(await count('OUTPUT')).toBeGreaterThan(before)
  }
  expect(await sees(mainpc, 'http://pc2.lan:8400/health')).toBe(true)
})

test('by peer and by port: what is named is cut, what is not is whole', async () => {
  {
    await using byPeer = await cut('both', { peers: ['nats-mainpc'] })
    expect(proven(byPeer.journal, 'effective')).toEqual([true])
    expect(await fetched(pc2, 'http://nats-mainpc:8222/varz')).toContain('no answer')
    expect(await sees(pc2, 'http://mainpc.lan:8300/health')).toBe(true)
  }
  await using byPort = await cut('both', { ports: [7200, 8300] })
  expect(proven(byPort.journal, 'effective')).toEqual([true])
  expect(await nearHealth(pc2)).toContain('no answer')
  expect(await sees(pc2, 'http://mainpc.lan:8200/health')).toBe(true)
})

test('flapping: it is seen cut and whole again and again, and is over when it is released', async () => {
  const { lease, journal } = await cut('both', { flap: { down: '1s', up: '1s' } })
  expect(proven(journal, 'effective')).toEqual([true, true])
  const seen: boolean[] = []
  for (const endMs = performance.now() + 6_500; performance.now() < endMs; await sleep(100))
    seen.push(/"host":"mainpc.lan","open":1/.test((await on(pc2, 'tool', 'cut-state', '--lease', lease.id)).said))
  const turns = seen.filter((open, place) => place > 0 && open !== seen[place - 1]).length
  expect(turns).toBeGreaterThanOrEqual(3)
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true, true])
  for (let looks = 0; looks < 3; looks += 1, await sleep(700)) expect(await sees(mainpc, 'http://pc2.lan:8400/health')).toBe(true)
})

/** How much longer the other machine takes to answer than one's own, which this host's noise slows as well; the least of some, each by a connection of its own. */
async function crossingMs(from: MachineId, other: string, own: string): Promise<number> {
  const program = `const ask = (url) => new Promise((done) => {
      const fromMs = performance.now()
      require('http')
        .get(url, { agent: false }, (answer) =>
          answer
            .resume()
            .once('end', () => done(answer.statusCode === 200 ? performance.now() - fromMs : Infinity))
            .on('error', () => done(Infinity)),
        )
        .on('error', () => done(Infinity)) // a link that loses may lose this
    })
    const least = { other: Infinity, own: Infinity }
    const go = async () => {
      for (let turn = 0; turn < 6; turn += 1) {
        least.own = Math.min(least.own, await ask('${own}'))
        least.other = Math.min(least.other, await ask('${other}'))
      }
      console.log(least.other - least.own)
    }
    go()`
  const { said, exitCode } = await on(from, 'node', '-e', program)
  expect([exitCode, said]).toEqual([0, expect.stringMatching(/^-?[\d.]+$/)])
  return Number(said)
}

test('a link is slower, loses and is throttled, as measured from inside; then it is as before', async () => {
  const before = await residue()
  const toOther = () => crossingMs(pc2, 'http://mainpc.lan:8300/health', 'http://127.0.0.1:8400/health')
  const fromOther = () => crossingMs(mainpc, 'http://pc2.lan:8400/health', 'http://127.0.0.1:8300/health')
  const plainMs = [await toOther(), await fromOther()] as const
  const delayMs = 300
  const { lease, journal } = await hold('link', { loss: '5%', delay: `${delayMs}ms`, jitter: '20ms', rate: '2mbit' }, machines(pc2))
  expect(proven(journal, 'effective')).toEqual([true])
  const slowMs = [await toOther(), await fromOther()] as const // others' questions wait for our answers, too
  expect([await small.health(worker), await small.health(farWorker)]).toEqual([well, well])
  tell(journal.flatMap((event) => (event.kind === 'proof' ? [JSON.stringify(event.answer)] : [])).join('\n'))
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
  const afterMs = [await toOther(), await fromOther()] as const
  tell(
    `link: crossing takes ${[plainMs, slowMs, afterMs].map((each) => each.map((ms) => ms.toFixed(1)).join(' and ')).join(' ms, then ')} ms`,
  )
  for (const [way, ms] of slowMs.entries()) {
    expect(ms).toBeGreaterThan(1.5 * delayMs) // it is crossed twice: to connect, and to ask
    expect(Math.max(plainMs[way] as number, afterMs[way] as number)).toBeLessThan(ms / 2)
  }
  expect(await residue()).toEqual(before)
})

test("a taken port: the agent's own bind fails and it is down, others are not; once free it is back by itself", async () => {
  const before = await residue()
  const { lease, journal } = await hold('port-squat', { address: '0.0.0.0', proto: 'tcp' }, { agents: [worker] })
  expect(proven(journal, 'effective')).toEqual([true])
  expect(await small.health(worker)).toContain('no answer')
  expect(await small.health(farWorker)).toBe(well)
  expect((await on(mainpc, 'tool', 'cat', '/var/log/fleet/Worker.log')).said).toMatch(/port 8300 cannot be opened.*EADDRINUSE/)
  await lease.release()
  expect(proven(journal, 'gone')).toEqual([true])
  expect(await until(async () => (await small.health(worker)) === well, 10_000)).toBe(true)
  expect(await residue()).toEqual(before)
})

test('a free port is taken and given back; one that somebody has is refused, and nothing is left', async () => {
  const before = await residue()
  {
    await using taken = await hold('port-squat', { port: 5555, address: '127.0.0.1', proto: 'tcp' }, machines(pc2))
    expect(proven(taken.journal, 'effective')).toEqual([true])
    await expect(hold('port-squat', { port: 5555, address: '0.0.0.0', proto: 'tcp' }, machines(pc2))).rejects.toThrow(
      'port 5555 belongs to',
    )
    expect((await on(pc2, 'tool', 'port-state', '--lease', taken.lease.id, '--proto', 'tcp', '--ports', '5555')).said).toContain(
      '"5555":{"count":1,"owners":[{"name":"ours"}]}',
    )
  }
  await expect(hold('port-squat', { port: 9091, address: '0.0.0.0', proto: 'tcp' }, machines(pc2))).rejects.toThrow('port 9091 belongs to')
  expect(await residue()).toEqual(before)
})

test('a flapping partition that nobody releases ends by itself, whichever way it was at that moment', async () => {
  const before = await residue()
  const { lease, journal } = await hold('partition', { direction: 'both', flap: { down: '700ms', up: '700ms' } }, machines(pc2), 10_000)
  expect(new Set(proven(journal, 'effective'))).toEqual(new Set([true]))
  const over = async () => (await on(pc2, 'tool', 'leases')).said.includes(`"lease":"${lease.id}","state":"expired","guarded":false`)
  expect(await until(over, 30_000)).toBe(true)
  expect(await sees(mainpc, 'http://pc2.lan:8400/health')).toBe(true)
  expect(await sees(pc2, 'http://mainpc.lan:8300/health')).toBe(true)
  await lease.release()
  const ended = statesOf(journal).slice(3, 5).toSorted() // a look while it is held may have seen it first
  expect([...statesOf(journal).slice(0, 3), ...ended]).toEqual(['applying', 'armed', 'applied', 'expired', 'releasing'])
  expect(new Set(proven(journal, 'gone'))).toEqual(new Set([true]))
  expect(await residue()).toEqual(before)
})

test('foreign rules and qdiscs stay byte for byte, and where one stands in the way nothing is done', async () => {
  const device = (
    await on(pc2, 'sh', '-c', "ip -o addr show to $(getent ahostsv4 pc2.lan | head -n 1 | cut -d ' ' -f 1) | cut -d ' ' -f 2")
  ).said
  const foreign = [
    '-A INPUT -s 192.0.2.77/32 -m comment --comment gauntlet:n -j DROP',
    '-N THEIRS',
    '-A THEIRS -j RETURN',
    '-t nat -A OUTPUT -d 192.0.2.78/32 -p tcp -j REDIRECT --to-ports 9',
  ]
  for (const rule of foreign) expect((await on(pc2, 'sh', '-c', `iptables -w ${rule}`)).exitCode).toBe(0)
  const standingRules = async () => plain(await ruled(pc2))
  const rules = await standingRules()
  for (const [kind, params] of [
    ['partition', { direction: 'both' }],
    ['link', { loss: '10%', delay: '50ms' }],
    ['dns', { mode: 'wrong' }],
  ] as const) {
    const { lease } = await hold(kind, params, machines(pc2))
    expect(await standingRules()).not.toBe(rules)
    await lease.release()
    expect(await standingRules()).toBe(rules)
  }
  await on(pc2, 'tc', 'qdisc', 'add', 'dev', device, 'root', 'handle', '8f1:', 'tbf', 'rate', '900mbit', 'burst', '1mb', 'latency', '50ms')
  const qdiscs = (await on(pc2, 'tc', 'qdisc', 'show')).said
  await expect(hold('link', { rate: '1mbit' }, machines(pc2))).rejects.toThrow(`stands on ${device}: tbf 8f1:`)
  expect((await on(pc2, 'tc', 'qdisc', 'show')).said).toBe(qdiscs)
  await on(pc2, 'tc', 'qdisc', 'del', 'dev', device, 'root')
  await on(pc2, 'sh', '-c', 'iptables -w -A OUTPUT -d 127.0.0.11 -p udp -j ACCEPT')
  const accepting = await standingRules()
  await expect(hold('dns', { mode: 'wrong' }, machines(pc2))).rejects.toThrow("a rule that is not this fault's stands in the way")
  expect(await standingRules()).toBe(accepting)
  await on(pc2, 'sh', '-c', 'iptables -w -D OUTPUT -d 127.0.0.11 -p udp -j ACCEPT')
  for (const rule of foreign.toReversed()) await on(pc2, 'sh', '-c', `iptables -w ${rule.replace('-A ', '-D ').replace('-N ', '-X ')}`)
  await on(pc2, 'sh', '-c', 'iptables -w -D INPUT -s 192.0.2.9 -j DROP; iptables -w -A INPUT -s mainpc.lan -j DROP')
  await expect(cut()).rejects.toThrow('nothing is cut, since this is not reached even now: mainpc.lan:7200 silent')
  await on(pc2, 'sh', '-c', 'iptables -w -D INPUT -s mainpc.lan -j DROP')
  expect(await sees(pc2, 'http://mainpc.lan:8300/health')).toBe(true)
})
