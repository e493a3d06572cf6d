/** Which volumes may be filled, by what the kernel says of the mounts; and names that tell our files from all others. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isTagged, removeTagged, taggedName } from './tagged.ts'
import { fillable, objectionTo } from './volume.ts'

const logs = '/var/log/fleet'
const root = '600 500 0:50 / / rw,relatime - overlay overlay rw'
const own = `610 600 0:99 / ${logs} rw,relatime - tmpfs tmpfs rw,size=16384k,nr_inodes=1000`
const size = 16 * 2 ** 20
const objection = (lines: readonly string[], bytes = size, files = 1000) => objectionTo(logs, lines.join('\n'), bytes, files)

test('a tmpfs of its own, with a limit of bytes and of files, may be filled', () => {
  expect(objection([root, own, ''])).toBeUndefined()
})

test.each<[string, readonly string[], number, number, string]>([
  ['a part of the root', [root], size, 1000, 'is no volume of its own'],
  ['a disk', [root, own.replaceAll('tmpfs', 'ext4')], size, 1000, 'is ext4'],
  ['mounted elsewhere too', [root, own, own.replace(logs, '/srv/other')], size, 1000, 'is the same volume as /srv/other'],
  ['without a limit', [root, own], 0, 1000, 'has no limit'],
  ['large', [root, own], 2 ** 31, 1000, 'at most 1073741824 are filled'],
  ['without a limit of files', [root, own], size, 0, 'has no limit of files'],
  ['of many files', [root, own], size, 1_000_000, 'at most 100000 are made'],
  ['nothing that can be read', [], size, 1000, 'is no volume of its own'],
])('%s may not', (_, lines, bytes, files, words) => {
  expect(objection(lines, bytes, files)).toContain(words)
})

test.each(['/', 'root', '../etc', 'toString', ''])('%j is no name of a volume', (name) => {
  expect(() => fillable(name)).toThrow('is not a volume that may be filled; there is logs')
})

test('an undo removes what carries its tag, and no other lease’s, whatever their names have in common', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gauntlet-tagged-'))
  const others = [taggedName('l10', 'fill'), taggedName('l1.2', 'fill'), '.gauntlet-l1', 'l1', 'Worker.log', `x${taggedName('l1', 'fill')}`]
  try {
    for (const name of [...others, taggedName('l1', 'fill'), taggedName('l1', '7.0')]) writeFileSync(join(folder, name), 'x')
    expect(removeTagged(folder, 'l1')).toBe(2)
    expect(readdirSync(folder).sort()).toEqual([...others].sort())
    expect(removeTagged(folder, 'l1')).toBe(0)
    expect(isTagged(taggedName('a', 'b'), 'a')).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
