/** The `gauntlet` script itself, in a project of its own, with an npm that only writes down that it was called. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exitCode } from '../base/errors.ts'
import { projectDirectory } from './paths.ts'

vi.setConfig({ testTimeout: 30_000 }) // programs are started, and the machine may be busy

let project: string
let tools: string

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'gauntlet-'))
  tools = join(project, 'tools')
  mkdirSync(join(project, 'src/cli'), { recursive: true })
  mkdirSync(tools)
  copyFileSync(join(projectDirectory, 'gauntlet'), join(project, 'gauntlet'))
  chmodSync(join(project, 'gauntlet'), 0o755)
  writeFileSync(join(project, 'package-lock.json'), '{}')
  tool('node', oldNode)
  tool('npm', workingNpm)
  tool('df', 'echo head; echo "fs 1 1 9000000 1% /"')
})

afterEach(() => rmSync(project, { recursive: true }))

const tool = (name: string, body: string) => writeFileSync(join(tools, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
/** Refuses to be new enough, which is the only thing it is asked. */
const oldNode = 'exit 1'
/** Leaves a pinned node that says how it was called. */
const workingNpm = `[ "$1" = --version ] && exit 0
echo "$@" >> calls
sleep 0.3
for arch in x64 arm64; do
  bin=node_modules/node-linux-$arch/bin
  mkdir -p $bin
  printf '#!/bin/sh\\n[ "$1" = -e ] && exit 0\\necho "pinned $PWD $*"\\n' > $bin/node
  chmod +x $bin/node
done`

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function call(...args: string[]): Promise<Ended> {
  const env = { PATH: `${tools}:/usr/bin:/bin`, HOME: project }
  return new Promise((resolve) => {
    execFile(join(project, 'gauntlet'), args, { env, cwd: '/' }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

const calls = () => (existsSync(join(project, 'calls')) ? readFileSync(join(project, 'calls'), 'utf8').trim().split('\n') : [])

describe('dependencies', () => {
  test('are installed once for each lock file, without install scripts', async () => {
    expect((await call('list')).code).toBe(0)
    expect((await call('list')).code).toBe(0)
    expect(calls()).toEqual([expect.stringMatching(/^ci --ignore-scripts /)])
    writeFileSync(join(project, 'package-lock.json'), '{ }')
    await call('list')
    expect(calls()).toHaveLength(2)
  })

  test('are installed once by two calls at the same time', async () => {
    const ended = await Promise.all([call('list'), call('list')])
    expect(ended.map(({ code }) => code)).toEqual([0, 0])
    expect(calls()).toHaveLength(1)
  })

  test('are installed again after an installation that failed', async () => {
    tool('npm', '[ "$1" = ci ] || exit 0\necho "npm error code E500"; exit 1')
    expect(await call('list')).toMatchObject({ code: exitCode.environment, stderr: expect.stringContaining('[environment/setup]') })
    tool('npm', workingNpm)
    expect((await call('list')).code).toBe(0)
    expect(calls()).toHaveLength(1)
  })
})

describe('the command line', () => {
  test("is called in the caller's folder with the caller's arguments, by the pinned node where the one on PATH is old", async () => {
    const { stdout } = await call('drill', 'a b.yaml', '--for', '')
    expect(stdout).toBe(`pinned / --disable-warning=ExperimentalWarning ${project}/src/cli/main.ts drill a b.yaml --for \n`)
  })

  test('is called by the node on PATH where that is new enough', async () => {
    tool('node', '[ "$1" = -e ] && exit 0\necho own')
    expect((await call('list')).stdout).toBe('own\n')
  })
})

describe('what is wrong is said, with exit code 69', () => {
  const refused = (code: string, ...words: string[]) => ({
    code: exitCode.environment,
    stdout: '',
    stderr: expect.stringMatching(new RegExp([`\\[${code}\\]`, 'tried: ', ...words, 'seen: ', 'next: '].join('[\\s\\S]*'))),
  })

  test.each([
    ['no network', 'echo "npm error code ENOTFOUND"', 'environment/network'],
    [
      'a lock file that npm cannot look up without a network',
      '[ "$1" = ping ] && exit 1; echo "npm error code EUSAGE"',
      'environment/network',
    ],
    ['a full disk', 'echo "npm error code ENOSPC"', 'environment/disk'],
    ["a folder of somebody else's", 'echo "npm error code EACCES"', 'environment/root'],
  ])('%s', async (_name, body, code) => {
    tool('npm', `[ "$1" = --version ] && exit 0\n${body}; exit 1`)
    expect(await call('list')).toEqual(refused(code, 'npm ci'))
  })

  test('too little space, before anything is installed', async () => {
    tool('df', 'echo head; echo "fs 1 1 4000000 1% /"')
    expect(await call('list')).toEqual(refused('environment/disk', '5 GB'))
    expect(calls()).toEqual([])
  })

  test('no npm, and no root to install it', async () => {
    tool('npm', 'exit 127')
    tool('id', 'echo 1000')
    expect(await call('list')).toEqual(refused('environment/root', 'npm'))
  })
})

test('a call that waits too long for another one names it', async () => {
  const script = join(project, 'gauntlet')
  writeFileSync(script, readFileSync(script, 'utf8').replace('lock_wait_s=900', 'lock_wait_s=1'))
  mkdirSync(join(project, '.gauntlet'))
  const lock = join(project, '.gauntlet/bootstrap.lock')
  writeFileSync(lock, 'pid 4711 since noon')
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; read line'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  const ended = await call('list')
  holder.stdin.end('\n')
  expect(ended).toMatchObject({
    code: exitCode.environment,
    stderr: expect.stringMatching(/\[environment\/lock\][\s\S]*held by pid 4711 since noon/),
  })
  expect(calls()).toEqual([])
})

test('the doctor installs nothing, and says that the gate could not run', async () => {
  const ended = await call('doctor', '--json')
  expect(ended.code).toBe(exitCode.environment)
  expect(JSON.parse(ended.stdout)).toMatchObject({ ready: false, parts: [{ part: 'dependencies', state: 'missing' }] })
  expect(calls()).toEqual([])
})
