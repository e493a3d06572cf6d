/** What became of a change or of a secret: what the repository or the disk says, and what each agent that it concerns is and does. */
import Type from 'typebox'
import { orNull } from '../base/schema.ts'
import { type Asked, counted, either, oneOf, type Words } from './answer.ts'

const text = Type.String()
const process = Type.Enum(['same', 'fresh', 'stale', 'none'])
const behaviour = Type.Enum(['old', 'new', 'other'])

const agent = (machine?: string, name?: string) => `${machine}/${name}`
const processWords: Words = {
  of: agent,
  is: oneOf(
    { same: 'the same process as before', fresh: 'newly started', stale: 'an old process', none: 'not running' },
    { same: 'another process than before', none: 'running' },
  ),
}
const behaviourWords: Words = {
  of: agent,
  is: oneOf({ old: 'behaving as before', new: 'behaving as changed', other: 'not behaving as before' }, { other: 'behaving as known' }),
}
const change = (machine?: string) => `the change on ${machine}`
const repository = (machine?: string) => `the repository of ${machine}`

const changes = Type.Object({
  /** Which kind of change, as it was asked for. */
  kind: text,
  /** Of the deploy path. */
  answer: orNull(Type.Enum(['taken', 'refused'])),
  said: orNull(text),
  /**
   * `old`: the repository is in every way what it was before the change; `other`: another tree; `dirty`: something is not committed; `moved`:
   * another branch, or commits beside ours; `settings`: git has other settings or hooks.
   */
  state: Type.Enum(['old', 'other', 'dirty', 'moved', 'settings']),
  tree: text,
  treeBefore: text,
  commit: orNull(text),
  isReverted: Type.Boolean(),
  worktree: Type.Enum(['clean', 'changed']),
  /** Of the processes that ran before, the names of those that are gone. */
  stopped: Type.Array(text),
  stoppedCount: Type.Integer({ minimum: 0 }),
  agents: Type.Record(text, Type.Object({ process, behaviour, said: text })),
})

export const changed: Asked<typeof changes> = {
  witness: 'repository',
  answer: changes,
  says: {
    '/kind': { of: change, is: ({ op, value }) => `${op === 'is' ? '' : 'not '}of kind ${value}` },
    '/answer': { of: change, is: ({ op, value }) => `${op === 'is' ? '' : 'not '}${value} by the deploy path` },
    '/said': { of: change, is: either('without a reason given', 'with a reason given', null) },
    '/state': { of: repository, is: either('as before', 'changed', 'old') },
    '/worktree': { of: repository, is: either('with nothing uncommitted', 'with something uncommitted', 'clean') },
    '/stoppedCount': { is: counted('stopped process', 'stopped processes') },
    '/agents/*/process': processWords,
    '/agents/*/behaviour': behaviourWords,
  },
}

const look = { mode: text, owner: text, bytes: Type.Integer({ minimum: 0 }), sha256: text }
const secrets = Type.Object({
  name: text,
  files: Type.Record(
    text,
    Type.Object({
      state: Type.Enum(['none', 'old', 'other']),
      /** Never the value: its hash. */
      now: orNull(Type.Object(look)),
      before: Type.Object(look),
    }),
  ),
  /** How many of these files are in another state than before. */
  changedFiles: Type.Integer({ minimum: 0 }),
  agents: Type.Record(
    text,
    Type.Object({
      process,
      behaviour,
      /** HTTP status of its health; 0 where there is no answer. */
      health: Type.Integer({ minimum: 0 }),
      problem: orNull(text),
      /** Whether it shows the value in its log. */
      isShown: Type.Boolean(),
      /** Whether the last thing that it says of itself since names the secret. */
      namesIt: Type.Boolean(),
      says: orNull(text),
    }),
  ),
})

const fileOf = (machine?: string, name?: string) => `the file of ${name} on ${machine}`

export const secretLook: Asked<typeof secrets> = {
  witness: 'disk',
  answer: secrets,
  says: {
    '/files/*/state': { of: fileOf, is: oneOf({ none: 'absent', old: 'as before', other: 'changed' }, { none: 'present' }) },
    '/files/*/now/mode': { of: fileOf, is: ({ op, value }) => `${op === 'is' ? '' : 'not '}of mode ${value}` },
    '/files/*/now/bytes': { of: fileOf, is: counted('byte', 'bytes') },
    '/changedFiles': { is: counted('changed secret file', 'changed secret files') },
    '/agents/*/process': processWords,
    '/agents/*/behaviour': behaviourWords,
    '/agents/*/health': { of: agent, is: ({ op, value }) => `${op === 'is' ? '' : 'not '}answering ${value}` },
    '/agents/*/isShown': { of: agent, is: either('showing the value in its log', 'not showing the value in its log') },
    '/agents/*/namesIt': { of: agent, is: either('naming the secret in its log', 'not naming the secret in its log') },
    '/agents/*/says': { of: agent, is: either('logging nothing of the secret', 'logging something of the secret', null) },
  },
}
