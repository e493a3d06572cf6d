/** What a suite does with the secrets of a small fleet: read them as root, ask Vault and the message servers, stop and start hubs. */
import { machineLabel, roleLabel, type ServiceRole } from '../../src/fleet/compose.ts'
import { type ExecAnswer, type ExecOptions, openEngine } from '../../src/fleet/engine.ts'
import type { MachineId } from '../../src/fleet/topology.ts'
import { mainpc, type SmallFleet } from '../small-fleet.ts'

/** A machine's own root, seen from its tool container. */
export const root = '/proc/1/root'
export const fileOf = (name: string) => `/run/secrets/${name}`
const patientMs = 40_000

export interface Account {
  readonly user: string
  readonly pass: string
}

/** Values go in by standard input alone: an argument would be for everyone to see. */
const askVault = `const { path, method, body, token } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
  const own = () => require('fs').readFileSync('/run/secrets/VAULT_TOKEN', 'utf8')
  fetch('http://vault:8200/v1/' + path, { method, body: JSON.stringify(body), headers: { 'x-vault-token': token ?? own() } })
    .then(async (answer) => console.log(JSON.stringify({ status: answer.status, body: await answer.text() })))`

/** CONNECT and PING by hand; prints what the server answers to either. */
const greetServer = `const { server, connect } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
  const end = (words) => { console.log(words); process.exit() }
  let got = ''
  const socket = require('net').connect(4222, server, () => socket.write('CONNECT ' + JSON.stringify(connect) + '\\r\\nPING\\r\\n'))
  socket.on('data', (chunk) => { got += chunk; const answer = /(PONG|-ERR [^\\r]*)/.exec(got); if (answer) end(answer[0]) })
  socket.on('close', () => end('closed'))
  setTimeout(() => end('silent'), 5000)`

export type SecretHands = ReturnType<typeof secretHands>

export function secretHands(small: SmallFleet) {
  const engine = openEngine(small.ready.engine)

  async function exec(role: ServiceRole, machine: MachineId, argv: readonly string[], options: ExecOptions = {}): Promise<ExecAnswer> {
    const found = (await small.fleet.containers()).find(({ labels }) => labels[roleLabel] === role && labels[machineLabel] === machine)
    if (found === undefined) throw new Error(`no ${role} of ${machine}`)
    return engine.exec(found.id, argv, { timeoutMs: patientMs, ...options })
  }
  /** Standard output, of a command that must succeed. */
  async function said(role: ServiceRole, machine: MachineId, argv: readonly string[], stdin?: unknown): Promise<string> {
    const { exitCode, stdout, stderr } = await exec(role, machine, argv, stdin === undefined ? {} : { stdin: JSON.stringify(stdin) })
    if (exitCode !== 0) throw new Error(`${argv.join(' ')} in the ${role} of ${machine}: ${exitCode}\n${stdout}${stderr}`)
    return stdout.trim()
  }
  return {
    engine,
    exec,
    said,
    secretOf: (machine: MachineId, name: string) => said('tool', machine, ['cat', `${root}${fileOf(name)}`]),
    logOf: (machine: MachineId, file: string) => said('tool', machine, ['cat', `${root}/var/log/fleet/${file}`]),
    fetched: (machine: MachineId, url: string) => said('tool', machine, ['tool', 'fetch', url]),
    supervise: (machine: MachineId, verb: string, name: string) => exec('machine', machine, ['supervisorctl', verb, name]),
    sideCar: (machine: MachineId, ...verb: readonly string[]) => said('secrets', machine, ['node', '/opt/fleet/secrets.js', ...verb]),

    /** From a machine's side-car, with that machine's token or another. */
    async vault(machine: MachineId, method: string, path: string, body?: unknown, token?: string) {
      const answer = JSON.parse(await said('secrets', machine, ['node', '-e', askVault], { path, method, body, token }))
      return { status: answer.status as number, body: answer.body === '' ? undefined : JSON.parse(answer.body) }
    },
    greet(machine: MachineId, credentials: Partial<Account>): Promise<string> {
      const connect = { verbose: false, pedantic: false, lang: 'hand', version: '1', protocol: 1, ...credentials }
      return said('secrets', machine, ['node', '-e', greetServer], { server: `nats-${machine}`, connect })
    },
    /** Those that a server takes, as its side-car wrote them: the newest first, leaves last. */
    async accounts(machine: MachineId): Promise<readonly Account[]> {
      const text = await said('secrets', machine, ['cat', '/run/nats/users.conf'])
      return [...text.matchAll(/user: "([^"]+)", password: "([^"]+)"/g)].map(([, user = '', pass = '']) => ({ user, pass }))
    },
    async hubHealth(machine: MachineId) {
      const port = machine === mainpc ? 9000 : 9100
      const text = await said('tool', machine, ['tool', 'fetch', `http://127.0.0.1:${port}/hub_health`])
      return JSON.parse(text) as Readonly<Record<string, unknown>>
    },
    /** In one step, as the side-car does. */
    async putSecret(machine: MachineId, name: string, value: string): Promise<void> {
      const steps = `umask 0377; cat > /run/secrets/.new && mv -f /run/secrets/.new ${fileOf(name)}`
      const { exitCode, stderr } = await exec('secrets', machine, ['sh', '-c', steps], { stdin: value })
      if (exitCode !== 0) throw new Error(`writing ${name} on ${machine}: ${stderr}`)
    },
  }
}
