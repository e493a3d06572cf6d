/** What a person does with the committed docker-compose.yml: brings it up with nothing but compose, and opens it in a browser. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runLabel } from '../../../src/fleet/compose.ts'
import { openEngine } from '../../../src/fleet/engine.ts'
import { openWindow, type Window } from '../../../src/run/window.ts'
import { prepare, type Ready } from '../../../src/setup/prepare.ts'
import { until } from '../../small-fleet.ts'

const project = `by-hand-suite-${process.pid}`
const agents = 77
const upMs = 90_000

let ready: Ready
let text: string
let window: Window

/** The file as it is, under another name than a person's own fleet, and with the images of this very tree. */
beforeAll(async () => {
  ready = await prepare('images')
  text = readFileSync(join(import.meta.dirname, '../../../docker-compose.yml'), 'utf8')
  const committed = Object.entries(ready.images).reduce((all, [name, tag]) => all.replaceAll(`gauntlet/${name}:latest`, tag), text)
  expect(
    compose(['up', '--detach', '--no-build', '--pull', 'never'], committed.replaceAll('gauntlet.run: by-hand', `gauntlet.run: ${project}`)),
  ).toBe('')
  const engine = openEngine(ready.engine)
  window = await openWindow(engine, await engine.holdings(`${runLabel}=${project}`))
})
afterAll(async () => {
  await window?.[Symbol.asyncDispose]()
  if (text !== undefined) expect(compose(['down', '--volumes', '--timeout', '1'], text)).toBe('')
  expect(await openEngine(ready.engine).holdings(`com.docker.compose.project=${project}`)).toEqual({
    containers: [],
    networks: [],
    volumes: [],
  })
})

/** @returns what went wrong */
function compose(args: readonly string[], file: string): string {
  const env = { ...process.env, DOCKER_HOST: ready.engine }
  const { status, stderr } = spawnSync(ready.compose, ['--project-name', project, '--progress', 'plain', '--file', '-', ...args], {
    input: file,
    encoding: 'utf8',
    env,
    timeout: 150_000,
  })
  return status === 0 ? '' : `compose ${args[0]} ended with ${status}: ${stderr.slice(-2000)}`
}

const viewed = (name: string) => window.views.find((view) => view.name.includes(name))?.url ?? ''
const read = async (name: string, path: string) => (await fetch(`${viewed(name)}${path}`, { signal: AbortSignal.timeout(10_000) })).text()

test('all 77 come up by themselves, and the dashboard of the central hub shows each of them to a browser on this machine', async () => {
  expect(window.views.map(({ name }) => name)).toEqual(['dashboard, central hub', 'dashboard, edge hub', 'Prometheus'])
  const heardOf = async () => (JSON.parse(await read('central', 'agents').catch(() => '[]')) as readonly unknown[]).length
  expect(await until(async () => (await heardOf()) === agents, upMs)).toBe(true)
  const page = await read('central', '')
  expect(page).toContain('<title>')
  for (const word of ['pc2/ObservabilityHub', 'nats-pc2', 'Pushgateway']) expect(page).toContain(word)
  expect(await read('edge', '')).toContain('<title>')
})

test('Prometheus opens as well: its page, all agents scraped, both gateways, and no alert', async () => {
  expect(await read('Prometheus', 'graph')).toContain('Prometheus')
  const value = async (query: string) => {
    const answer = JSON.parse(await read('Prometheus', `api/v1/query?query=${encodeURIComponent(query)}`))
    return answer.data.result[0]?.value[1]
  }
  const expected = {
    'count(up{job="agents"} == 1)': '77',
    'sum(up{job="pushgateways"})': '2',
    'count(ALERTS{notify=~"slack|page"}) or vector(0)': '0',
  }
  for (const [query, number] of Object.entries(expected)) {
    expect([query, await until(async () => (await value(query)) === number, upMs)]).toEqual([query, true])
  }
})

test('the compose file says who is who: each service, and each agent with its ports', () => {
  const words = text.slice(0, text.indexOf('\nservices:'))
  const services = [...text.slice(text.indexOf('\nservices:'), text.indexOf('\nnetworks:')).matchAll(/^ {2}([\w-]+):$/gm)].map(
    ([, name]) => name as string,
  )
  expect(services.length).toBeGreaterThan(10)
  // `tool-mainpc, -pc2` is two of them.
  const named: readonly string[] = words.replaceAll(/(\S+)-(\S+), -(\S+)/g, '$1-$2, $1-$3').match(/[\w-]+/g) ?? []
  expect(services.filter((service) => !named.includes(service))).toEqual([])
  expect([...words.matchAll(/health and metrics at \d+/g)]).toHaveLength(agents)
})
