/**
 * What faults leave behind, and what they leave alone, on a real fleet: everything that can be planted is found, nothing that lives is
 * taken for residue, every fault ends by itself, and what is not ours stays as it is, to the byte.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { poll } from '../src/base/poll.ts'
import { type FaultKind, faults } from '../src/faults/index.ts'
import { samplePlan } from '../src/faults/samples.ts'
import { runLabel } from '../src/fleet/compose.ts'
import { openEngine } from '../src/fleet/engine.ts'
import type { EventBody } from '../src/journal/event.ts'
import { holdFault } from '../src/run/hold.ts'
import { requireFleet } from '../src/run/preflight.ts'
import { openLeases, releaseLeases } from '../src/sweep.ts'
import { proven, statesOf } from './held-faults.ts'
import { pooledFleet } from './pool.ts'
import { mainpc, never, type SmallFleet, until, well } from './small-fleet.ts'
import { standing } from './standing.ts'

let small: SmallFleet
let leases = 0
const kinds = Object.keys(faults) as FaultKind[]
beforeAll(async () => {
  small = await pooledFleet()
})
afterAll(() => small?.[Symbol.asyncDispose]())

const inTool = async (...argv: readonly string[]) => {
  const { exitCode, stdout, stderr } = await small.fleet.tool(mainpc).run(argv)
  if (exitCode !== 0) throw new Error(`\`${argv.join(' ')}\` ended with ${exitCode}: ${stderr}`)
  return stdout
}
const sh = (script: string) => inTool('sh', '-c', script)
const docker = (...args: readonly string[]) => execFileSync('docker', ['--host', small.ready.engine, ...args], { encoding: 'utf8' }).trim()

async function container(role: string): Promise<string> {
  const found = (await small.fleet.containers()).find(({ name }) => name.includes(`-${role}-`))
  if (found === undefined) throw new Error(`there is no container of ${role}`)
  return found.name
}

async function wellAgain(): Promise<boolean> {
  return until(
    async () => (await Promise.all([...small.topology.agents.keys()].map(small.health))).every((answer) => answer === well),
    20_000,
  )
}

/** As `standing`, once it is this; an agent that was hurt may still be starting. */
async function standsAgain(before: readonly string[]): Promise<readonly string[]> {
  const terms = { withinMs: 15_000, everyMs: 300 }
  return poll(
    () => standing(small),
    (now) => now.join() === before.join(),
    terms,
  )
}

interface Plant {
  readonly kind: string
  readonly put: () => Promise<unknown> | unknown
  readonly take: () => Promise<unknown> | unknown
  /** What must be there that was not. */
  readonly found: RegExp
}

const rule = (family: string, table: string, chain: string) => {
  const words = (deed: string) => `${family} -w -t ${table} ${deed} ${chain} -p tcp --dport 9 -j ${table === 'nat' ? 'RETURN' : 'ACCEPT'}`
  const found = new RegExp(`^mainpc: ${family} ${table} -A ${chain} .*--dport 9 `, 'm')
  return { kind: `a rule of ${family} ${table}`, put: () => sh(words('-A')), take: () => sh(words('-D')), found }
}
/** In the machine's own mount namespace, where a tool container may not mount. */
const inMachine = (...argv: readonly string[]) => {
  const pid = docker(
    'inspect',
    '--format',
    '{{.State.Pid}}',
    docker(
      'ps',
      '--quiet',
      '--filter',
      `label=${runLabel}=${small.run}`,
      '--filter',
      'label=gauntlet.role=machine',
      '--filter',
      'label=gauntlet.machine=mainpc',
    ),
  )
  return execFileSync('nsenter', ['--target', pid, '--mount', '--', ...argv])
}
/** One that ended or was told to, in the tool container; by its name there. */
const started = (script: string, name: string) => ({
  put: async () => {
    docker('exec', '--detach', await container('tool-mainpc'), 'sh', '-c', script)
    await sleep(500)
  },
  take: () =>
    sh(`for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^${name}' && kill -KILL \${p#/proc/}; done; sleep 0.2`),
})
const inTmp = () => join(tmpdir(), `left-of-${small.run}.txt`)
let child: ReturnType<typeof spawn> | undefined

const plants: readonly Plant[] = [
  ...['filter INPUT', 'nat OUTPUT', 'mangle FORWARD', 'raw PREROUTING'].flatMap((place) => {
    const [table = '', chain = ''] = place.split(' ')
    return ['iptables', 'ip6tables'].map((family) => rule(family, table, chain))
  }),
  {
    kind: 'a qdisc',
    put: () => sh('tc qdisc add dev eth0 root tbf rate 100mbit burst 1mbit latency 50ms'),
    take: () => sh('tc qdisc del dev eth0 root'),
    found: /^mainpc: qdisc qdisc tbf/m,
  },
  {
    kind: 'a mount',
    put: () => inMachine('mount', '-t', 'tmpfs', 'none', '/mnt'),
    take: () => inMachine('umount', '/mnt'),
    found: /^mainpc: mount \/mnt tmpfs/m,
  },
  {
    kind: 'a file of ours',
    put: () => sh('touch /run/gauntlet/stray'),
    take: () => sh('rm /run/gauntlet/stray'),
    found: /^mainpc: file \/run\/gauntlet\/stray$/m,
  },
  {
    kind: 'a file with a lease in its name, in the machine',
    put: () => sh('touch /proc/1/root/var/log/fleet/known.fill'),
    take: () => sh('rm /proc/1/root/var/log/fleet/known.fill'),
    found: /^mainpc: file \/proc\/1\/root\/var\/log\/fleet\/known.fill$/m,
  },
  { kind: 'a process of ours', ...started('exec sleep 4711', 'sleep 4711'), found: /^mainpc: process ours sleep 4711$/m },
  {
    kind: 'a stopped process',
    ...started('exec sleep 4712 & p=$!; sleep 0.1; kill -STOP $p; wait', 'sleep 4712'),
    found: /^mainpc: process stopped sleep$/m,
  },
  {
    kind: 'a zombie',
    ...started('exec sh -c "sleep 0.1 & exec sleep 4713"', 'sleep 4713'),
    found: /^mainpc: process zombie sleep$/m,
  },
  {
    kind: 'a listener',
    ...started('exec node -e "require(\'net\').createServer().listen(6666)"', 'node -e'),
    found: /^mainpc: listen tcp6? .*:6666$/m,
  },
  {
    kind: 'a paused container',
    put: async () => docker('pause', await container('pushgateway-pc2')),
    take: async () => docker('unpause', await container('pushgateway-pc2')),
    found: /^this host: container .*pushgateway-pc2.* paused$/m,
  },
  {
    kind: 'a stopped container',
    put: async () => docker('stop', '--time', '0', await container('pushgateway-pc2')),
    take: async () => docker('start', await container('pushgateway-pc2')),
    found: /^this host: container .*pushgateway-pc2.* exited$/m,
  },
  {
    kind: 'a container, network and volume more',
    put: () => {
      docker('volume', 'create', '--label', `${runLabel}=${small.run}`, `stray-${process.pid}`)
      docker('network', 'create', '--internal', '--label', `${runLabel}=${small.run}`, `stray-${process.pid}`)
      docker('create', '--label', `${runLabel}=${small.run}`, '--name', `stray-${process.pid}`, small.ready.images.tool)
    },
    take: () => {
      docker('rm', `stray-${process.pid}`)
      docker('network', 'rm', `stray-${process.pid}`)
      docker('volume', 'rm', `stray-${process.pid}`)
    },
    found: new RegExp(['container', 'network', 'volume'].map((what) => `(?=[\\s\\S]*this host: ${what} stray-${process.pid})`).join('')),
  },
  { kind: 'a file in tmp', put: () => writeFileSync(inTmp(), ''), take: () => rmSync(inTmp()), found: /^this host: file .*left-of-/m },
  {
    kind: 'a process on this host',
    put: () => {
      child = spawn('sleep', ['4714'])
    },
    take: async () => {
      child?.kill('SIGKILL')
      await new Promise((done) => child?.once('close', done))
    },
    found: /^this host: process sleep 4714$/m,
  },
]

const endings = ['expired', 'undone', 'released']

test('what is planted is found, and nothing else; taken away again, all is as before', async () => {
  const plan = samplePlan(small.topology, 'noop', 'known')
  const lease = await holdFault(small.fleet, { lease: 'known', kind: 'noop', plan, holdMs: 1_000 }, { write: () => {}, signal: never })
  await lease.release()
  const before = await standing(small)
  const seen: Record<string, string | true> = {}
  for (const { kind, put, take, found } of plants) {
    await put()
    const now = await standing(small)
    await take()
    const surplus = now.filter((line) => !before.includes(line)).join('\n')
    seen[kind] = found.test(surplus) || surplus || 'nothing was found'
    const after = await standsAgain(before)
    if (after.join() !== before.join())
      seen[`${kind}, afterwards`] = after.filter((line) => !before.includes(line)).join('\n') || 'something is missing'
  }
  expect(seen).toEqual(Object.fromEntries(plants.map(({ kind }) => [kind, true])))
})

test('normal life is no residue: agents that their supervisor restarts, sockets of the moment, a flood of requests', async () => {
  const before = await standing(small)
  await inTool('sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do tool fetch http://127.0.0.1:8300/metrics >/dev/null & done; wait')
  await small.fleet.machine(mainpc).run(['supervisorctl', 'restart', 'Worker'])
  expect(await wellAgain()).toBe(true)
  expect(await standsAgain(before)).toEqual(before)
})

test.each(kinds)(
  '%s, held for a moment and released by nobody, is gone by its own proof, and a late release says that it had ended',
  async (kind) => {
    const before = await standing(small)
    leases += 1
    const lease = `expiry-${leases}`
    const plan = samplePlan(small.topology, kind, lease)
    await requireFleet(small.fleet, [{ lease, kind, plan, holdMs: 500 }], never)
    const journal: EventBody[] = []
    const write = (body: EventBody) => journal.push(body)
    const held = await holdFault(small.fleet, { lease, kind, plan, holdMs: 500, ttlMs: 4_000 }, { write, signal: never })
    for (const { machine, by } of plan.steps) {
      const hand = by === 'engine' ? small.fleet.engine() : small.fleet.tool(machine)
      const hasEnded = async () =>
        (await hand.run(['tool', 'leases'])).stdout.includes(`{"lease":"${lease}","state":"expired","guarded":false,`)
      expect([machine, await until(() => hasEnded().catch(() => false), 20_000)]).toEqual([machine, true])
    }
    await held.release()
    // Whether a look or the release was first to hear of it, at each of its places.
    expect([...new Set(statesOf(journal).filter((state) => endings.includes(state)))]).toEqual(endings)
    expect(new Set(proven(journal, 'gone'))).toEqual(new Set([true]))
    expect(await wellAgain()).toBe(true)
    expect(await standsAgain(before)).toEqual(before)
  },
)

test('what is not ours stays byte for byte while faults of every kind come and go, and are swept away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-'))
  const stranger = docker('run', '--detach', '--network', 'none', '--entrypoint', 'sleep', small.ready.images.tool, '4715')
  try {
    await sh(`
      iptables -w -A INPUT -p tcp --dport 9 -m comment --comment theirs -j ACCEPT
      iptables -w -t nat -A PREROUTING -p tcp --dport 9 -m comment --comment theirs -j RETURN
      ip6tables -w -A OUTPUT -p udp --dport 9 -m comment --comment theirs -j ACCEPT
      tc qdisc add dev lo root handle 77: pfifo limit 77
      echo theirs >/proc/1/root/var/log/fleet/theirs.fill; echo theirs >/run/gauntlet.theirs; echo theirs >/tmp/theirs
      nohup sleep 4716 >/dev/null 2>&1 &`)
    await writeFileSync(join(folder, 'theirs'), 'theirs')
    const theirs = async () => [
      await sh(
        'iptables-save | grep -v "^[#:]"; ip6tables-save | grep -v "^[#:]"; tc qdisc show dev lo; sha256sum /proc/1/root/var/log/fleet/theirs.fill /run/gauntlet.theirs /tmp/theirs; stat -c "%i %Y %a %u" /proc/1/root/var/log/fleet/theirs.fill /run/gauntlet.theirs /tmp/theirs',
      ),
      await sh(
        `for p in /proc/[0-9]*; do [ "$(tr '\\0' ' ' <$p/cmdline 2>/dev/null)" = "sleep 4716 " ] && cut -d' ' -f1,3,22 $p/stat; done; true`,
      ),
      docker('inspect', '--format', '{{.Id}} {{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}', stranger),
      execFileSync('stat', ['-c', '%i %Y %s', join(folder, 'theirs')], { encoding: 'utf8' }),
    ]
    const before = await theirs()
    expect(before[1]).toMatch(/^\d+ S \d+\n$/)
    const engine = openEngine(small.ready.engine)
    for (const kind of kinds) {
      leases += 1
      const lease = `foreign-${leases}`
      const plan = samplePlan(small.topology, kind, lease)
      const held = await holdFault(small.fleet, { lease, kind, plan, holdMs: 500 }, { write: () => {}, signal: never })
      expect([kind, 'held', await theirs()]).toEqual([kind, 'held', before])
      // As `sweep` and the kill switch end what nobody releases.
      const complaints: string[] = []
      const own = `${runLabel}=${small.run}`
      expect(await openLeases(engine, await engine.holdings(own), 'released')).toContain(lease)
      await releaseLeases(engine, own, (problem) => complaints.push(problem))
      await held.release()
      expect([kind, 'undone', await theirs(), complaints]).toEqual([kind, 'undone', before, []])
    }
    expect(await wellAgain()).toBe(true)
  } finally {
    docker('rm', '--force', stranger)
    rmSync(folder, { recursive: true })
  }
})
