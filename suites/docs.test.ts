/** The page that says how to add a fault is followed to the letter, in a copy of the project: whoever follows it gets there. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './command.ts'

interface Block {
  readonly language: string
  readonly path: string
  readonly text: string
}

let copy: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'gauntlet-docs-'))
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of files.split('\n').filter((name) => name !== '' && !name.startsWith('node_modules') && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(realpathSync(join(root, 'node_modules')), join(copy, 'node_modules'))
})
afterAll(() => rmSync(copy, { recursive: true }))

function blocksOf(page: string): readonly Block[] {
  return [...page.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm)].map(([, language = '', path = '', text = '']) => ({
    language,
    path,
    text,
  }))
}

/** Lines with a plus come behind the line above them, which must be there once. */
function patched(text: string, diff: string): string {
  const lines = text.split('\n')
  let at = -1
  for (const line of diff.split('\n').filter((each) => each !== '')) {
    const words = line.slice(1)
    if (line.startsWith('+')) lines.splice(++at, 0, words)
    else {
      expect(
        lines.filter((each) => each === words),
        `the line ${words}`,
      ).toHaveLength(1)
      at = lines.indexOf(words)
    }
  }
  return lines.join('\n')
}

test('docs/add-a-fault.md leads from the no-op to a new fault that compiles, passes its test, and is on the generated page', () => {
  const blocks = blocksOf(readFileSync(join(root, 'docs/add-a-fault.md'), 'utf8'))
  expect(blocks.map(({ language }) => language)).toEqual(['ts', 'diff', 'diff', 'ts', 'sh'])
  for (const { language, path, text } of blocks) {
    const file = join(copy, path)
    if (language === 'ts') {
      expect(existsSync(file)).toBe(false)
      writeFileSync(file, text)
    } else if (language === 'diff') writeFileSync(file, patched(readFileSync(file, 'utf8'), text))
    else {
      const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
      const { status, stdout, stderr } = spawnSync('sh', ['-eux', '-c', text], { cwd: copy, env, encoding: 'utf8' })
      expect(status, `${stdout}\n${stderr}`).toBe(0)
    }
  }
})

test('a new fault without an ordinary use does not compile', () => {
  const file = join(copy, 'src/faults/samples.ts')
  const whole = readFileSync(file, 'utf8')
  writeFileSync(file, whole.replace(/^ {2}clutter:.*\n/m, ''))
  const { status, stdout } = spawnSync('npx', ['tsc', '--noEmit'], {
    cwd: copy,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
    encoding: 'utf8',
  })
  expect(status).not.toBe(0)
  expect(stdout).toContain("Property 'clutter' is missing")
})
