import { describe, expect, test } from 'vitest'
import { eventsOf, historyFrom, journalOf, placed, smallStory } from '../../fixtures/histories/build.ts'
import type { Event } from './event.ts'

const small = eventsOf(smallStory)

describe('what the observer counted is held against what was written down', () => {
  const messages = (change: (events: Event[]) => readonly Event[]) =>
    historyFrom(journalOf(placed(change([...small])))).troubles.map(({ message }) => message)
  const stopped = small.findIndex((event) => event.kind === 'observer' && event.state === 'stopped')
  const last = small[stopped] as Event<'observer'>
  const counting = (change: object) => messages((events) => events.with(stopped, { ...last, ...change }))
  const all = small.reduce((sum, event) => sum + (event.kind === 'samples' ? event.answers.length : 0), 0)

  test('the same count is no doubt', () => {
    expect(last).toMatchObject({ sent: all, unsent: 0 })
    expect(messages((events) => events)).toEqual([])
  })

  test.each([
    ['one more sent', { sent: all + 1 }, new RegExp(`has ${all} sent and 0 unsent probes .* counted ${all + 1} sent and 0 unsent$`)],
    ['one more unsent', { unsent: 1 }, /counted \d+ sent and 1 unsent$/],
    ['one sent that the journal calls unsent', { sent: all - 1, unsent: 1 }, /counted/],
  ])('%s is a doubt that names both counts', (_, change, doubt) => {
    expect(counting(change)).toEqual([expect.stringMatching(doubt)])
  })

  test('a batch that was not written down is missed', () => {
    const batch = small.findIndex(({ kind }) => kind === 'samples')
    expect(messages((events) => events.toSpliced(batch, 1))).toEqual([
      expect.stringMatching(/^the journal has \d+ sent .* counted \d+ sent/),
    ])
  })

  test('each observer of several is counted by itself', () => {
    const started = small.find(({ kind }) => kind === 'observer') as Event
    const again = [started, { ...last, sent: 0, unsent: 0 }].map((event) => ({ ...event, atMs: last.atMs }))
    expect(messages((events) => events.toSpliced(stopped + 1, 0, ...again))).toEqual([])
    expect(messages((events) => events.toSpliced(stopped + 1, 0, again[0] as Event, last))).toEqual([expect.stringMatching(/has 0 sent/)])
  })

  test('samples that no observer can have sent, and an end without a start, are doubts', () => {
    const batch = small.find(({ kind }) => kind === 'samples') as Event<'samples'>
    const after = { ...batch, atMs: last.atMs, baseMs: last.atMs - 2_000 }
    expect(messages((events) => events.toSpliced(stopped + 1, 0, after))).toContain(
      `${batch.answers.length} samples stand in the journal while no observer was running`,
    )
    expect(messages((events) => events.toSpliced(stopped + 1, 0, last))).toEqual(['an observer ended that was not seen to start'])
  })
})
