import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const main = join(import.meta.dirname, 'main.ts')
const command = ['--disable-warning=ExperimentalWarning', main, '--help']

test('an answer that finds no room is said to be lost, and is never a verdict', async () => {
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, command, { stdio: ['ignore', full, 'pipe'] })
  closeSync(full)
  const said = child.stderr === null ? '' : await text(child.stderr)
  expect(said).toContain('the answer could not be written [environment/output]')
  expect(said).toContain('no space left on device')
  expect(said).not.toMatch(/^ +at /m)
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(69)
})

test('a reader who has gone changes nothing, whichever of the two he read', async () => {
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  child.stderr.destroy()
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
})
