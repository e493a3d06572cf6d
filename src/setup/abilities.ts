/**
 * What the kernel under the engine can do, found by doing it: each ability is used in a throw-away network namespace, that of a
 * container made for it. A module that is listed, or a kernel version, promises nothing.
 */
import { run } from '../base/program.ts'

export const abilityNames = [
  'iptables',
  'statistic',
  'redirect',
  'notrack',
  'owner',
  'netem',
  'tbf',
  'vdso',
  'engine',
  'nested-cgroup',
] as const
export type AbilityName = (typeof abilityNames)[number]

export interface Tried {
  /** `unknown` when there was nothing to try it with. */
  readonly outcome: 'works' | 'fails' | 'unknown'
  /** What was seen. */
  readonly said: string
}

/** 192.0.2.1 is nobody's address, and nothing leaves a container without a network. */
const attempts = {
  iptables: 'iptables -w -A INPUT -s 192.0.2.1 -m comment --comment gauntlet -j DROP',
  statistic: 'iptables -w -A INPUT -s 192.0.2.1 -m statistic --mode random --probability 0.5 -j DROP',
  redirect: 'iptables -w -t nat -A PREROUTING -p tcp --dport 9 -j REDIRECT --to-ports 10',
  notrack: 'iptables -w -t raw -A OUTPUT -d 192.0.2.1 -j CT --notrack',
  owner: 'iptables -w -A OUTPUT -d 192.0.2.1 -m owner --gid-owner 1 -j DROP',
  netem: 'tc qdisc add dev lo root netem loss 1%',
  tbf: 'tc qdisc replace dev lo root tbf rate 1mbit burst 32kbit latency 400ms',
  vdso: 'tool clock can',
} as const

const script = (Object.keys(attempts) as (keyof typeof attempts)[])
  .map((name) => `said=$(${attempts[name]} 2>&1); echo ${name} $? "$(echo "$said" | head -n 1)"`)
  .join('\n')

/** @param image one with iptables and tc in it; without one it is tried with what this machine has, in a namespace of its own */
export async function tryAbilities(image: string | undefined): Promise<ReadonlyMap<AbilityName, Tried>> {
  const limits = [
    '--network',
    'none',
    '--cap-drop',
    'ALL',
    '--cap-add',
    'NET_ADMIN',
    '--cap-add',
    'NET_RAW',
    '--cap-add',
    'SYS_PTRACE',
    '--label',
    'gauntlet.doctor=1',
  ]
  const inContainer = ['run', '--rm', ...limits, '--entrypoint', 'sh', image ?? '', '-c', script]
  const ran = await (image === undefined
    ? run(['unshare', '--net', 'sh', '-c', `ip link set lo up\n${script}`], { timeoutMs: 30_000 })
    : run(['docker', ...inContainer], { timeoutMs: 30_000 }))
  return new Map([...readAttempts(ran.stdout, ran.stderr), ...(await tryEngine())])
}

/** What the hand needs of the engine: that it answers, and that one container's cgroup may hold another's. */
async function tryEngine(): Promise<ReadonlyMap<AbilityName, Tried>> {
  const { exitCode, stdout, stderr } = await run(['docker', 'info', '--format', '{{.CgroupDriver}} {{.CgroupVersion}}'], {
    timeoutMs: 10_000,
  })
  return readEngine(exitCode === 0 ? stdout.trim() : undefined, stderr.trim())
}

/** @param cgroups driver and version; undefined where the engine did not answer */
export function readEngine(cgroups: string | undefined, stderr: string): ReadonlyMap<AbilityName, Tried> {
  if (cgroups === undefined) {
    const silent = { outcome: 'unknown', said: stderr.split('\n').at(-1) || 'no answer' } as const
    return new Map([
      ['engine', silent],
      ['nested-cgroup', silent],
    ])
  }
  return new Map([
    ['engine', { outcome: 'works', said: '' }],
    ['nested-cgroup', { outcome: cgroups === 'cgroupfs 1' ? 'works' : 'fails', said: `cgroups by ${cgroups}` }],
  ])
}

const notFound = '127'

/** What never got an answer is unknown. */
export function readAttempts(stdout: string, stderr: string): ReadonlyMap<AbilityName, Tried> {
  const nothing = stderr.trim().split('\n').at(-1) || 'no answer'
  return new Map(
    (Object.keys(attempts) as (keyof typeof attempts)[]).map((name) => {
      const [, code = notFound, said = nothing] = new RegExp(`^${name} (\\d+) ?(.*)$`, 'm').exec(stdout) ?? []
      return [name, { outcome: code === '0' ? 'works' : code === notFound ? 'unknown' : 'fails', said }]
    }),
  )
}
