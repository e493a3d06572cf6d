import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { copiedPaths, cutStage } from './dockerfile.ts'
import { imageNames } from './images.ts'
import { projectDirectory } from './paths.ts'

const dockerfile =
  '# head\nARG BASE=x\n\nFROM $BASE AS base\nCOPY node /bin/\n\nFROM base AS tool\nCOPY --chmod=0755 a.js b/ /opt/\nRUN true\n'

describe('cutStage', () => {
  test('the first stage keeps the head, where its argument is', () => {
    expect(cutStage(dockerfile, 'base')).toBe('# head\nARG BASE=x\n\nFROM $BASE AS base\nCOPY node /bin/\n\n')
  })

  test('another stage stands on the image it is given', () => {
    expect(cutStage(dockerfile, 'tool', 'img:1')).toBe('FROM img:1 AS tool\nCOPY --chmod=0755 a.js b/ /opt/\nRUN true\n')
  })

  test('a stage that is not there is an error', () => {
    expect(() => cutStage(dockerfile, 'too')).toThrow('no stage too')
  })
})

test('copied paths leave out flags and the place they go to', () => {
  expect(copiedPaths(dockerfile)).toEqual(['node', 'a.js', 'b/'])
})

test("the project's own Dockerfile has every image's stage, each on base", () => {
  const own = readFileSync(join(projectDirectory, 'fixtures/images/Dockerfile'), 'utf8')
  for (const name of imageNames) expect(cutStage(own, name)).toMatch(new RegExp(`FROM base AS ${name}$`, 'm'))
})
