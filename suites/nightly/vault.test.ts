/** `--vault image`: HashiCorp's own Vault where its image can be pulled; elsewhere no fleet at all, and a clear word about what was tried. */
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { vaultVersion } from '../../fixtures/fleet/vault.ts'
import { machineLabel, roleLabel, runLabel } from '../../src/fleet/compose.ts'
import { openEngine } from '../../src/fleet/engine.ts'
import { prepare } from '../../src/setup/prepare.ts'
import { vaultImage } from '../../src/setup/vault-image.ts'
import { root, start } from '../command.ts'
import { until } from '../small-fleet.ts'

const configs = ['mainpc', 'pc2'].flatMap((machine) => ['--config', join(root, 'suites/small', `${machine}.startup.yaml`)])
const ups: string[] = []
afterAll(async () => {
  for (const run of ups) await start(['down', run]).ended
})

async function up(...options: readonly string[]) {
  const ended = await start(['up', ...configs, ...options]).ended
  const run = /^(\S+) is up\./m.exec(ended.stdout)?.[1]
  if (run !== undefined) ups.push(run)
  return { ...ended, run }
}

/** What a machine's side-car hears from Vault: version, and status of its own password there. */
async function askVault(run: string): Promise<{ readonly version: string; readonly status: number }> {
  const engine = openEngine((await prepare('engine')).engine)
  const { containers } = await engine.holdings(`${runLabel}=${run}`)
  const sideCar = containers.find(({ labels }) => labels[roleLabel] === 'secrets' && labels[machineLabel] === 'pc2')
  const program = `const token = require('fs').readFileSync('/run/secrets/VAULT_TOKEN', 'utf8')
    const ask = (path) => fetch('http://vault:8200/v1/' + path, { headers: { 'x-vault-token': token } })
    Promise.all([ask('sys/health').then((a) => a.json()), ask('secret/data/pc2/NATS_PASSWORD')])
      .then(([health, secret]) => console.log(JSON.stringify({ version: health.version, status: secret.status })))`
  return JSON.parse((await engine.exec(sideCar?.id ?? '', ['node', '-e', program])).stdout)
}

test('without the option it is the server that keeps the contract, and that is said', async () => {
  const { exitCode, stdout, run = '' } = await up()
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Vault: a server that keeps the contract of KV v2, not HashiCorp’s own')])
  expect(await until(async () => (await askVault(run)).status === 200, 30_000)).toBe(true)
  expect((await askVault(run)).version).toBe(vaultVersion)
})

test('with it, it is HashiCorp’s own, or nothing is brought up and the engine’s own words say why', async ({ skip }) => {
  const { exitCode, stdout, stderr, run = '' } = await up('--vault', 'image')
  if (run === '') {
    expect(exitCode).toBe(69)
    for (const words of ['environment/image', `docker pull --quiet ${vaultImage}`, 'seen:', 'next:']) expect(stderr).toContain(words)
    skip('no registry answers here: HashiCorp’s own Vault was not brought up')
  }
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`Vault: HashiCorp’s own, ${vaultImage}`)])
  expect(await until(async () => (await askVault(run)).status === 200, 30_000)).toBe(true)
  expect((await askVault(run)).version).toMatch(/^\d+\.\d+\.\d+/)
})
