/** Which limits a row can show beside its own. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { criteria } from '../checks/index.ts'
import { openLibrary } from '../scenario/library.ts'
import { limitsOf } from './limits.ts'

test('every limit is that of one criterion, so that its row can show it; that of a boot is of a stage alone', () => {
  const { promises: all } = openLibrary(join(import.meta.dirname, '../../scenarios'), { faults: {}, criteria: [] })
  const owned = criteria.flatMap(({ id }) => limitsOf(id))
  expect([...owned, 'bootMs'].sort()).toEqual(Object.keys(all).sort())
  expect(limitsOf('no such criterion')).toEqual([])
  expect(limitsOf('constructor')).toEqual([])
})
