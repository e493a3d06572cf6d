/** What became of a change or of a secret: what the repository or the disk says, and what each agent that it concerns is and does. */
import Type from 'typebox'
import { type Asked, either, type Phrase } from './answer.ts'

const orNull = (schema: Type.TSchema) => Type.Union([schema, Type.Null()])
const text = Type.String()
const process = Type.Enum(['same', 'fresh', 'stale', 'none'])
const behaviour = Type.Enum(['old', 'new', 'other'])

const processPhrase: Phrase = ({ op, value }, machine, name) => {
  const what = { same: 'the process from before', fresh: 'a process started since', stale: 'an old process', none: 'not running' }[
    String(value)
  ]
  return `${machine}/${name} ${op === 'is' ? '' : 'not '}${what ?? value}`
}
const behaviourPhrase: Phrase = ({ op, value }, machine, name) =>
  `${machine}/${name} ${op === 'is' ? 'doing' : 'not doing'} ${value === 'old' ? 'what it did before' : value === 'new' ? 'what the change makes it do' : 'something else'}`

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
    '/kind': ({ value }, machine) => `a change of ${value} on ${machine}`,
    '/answer': ({ op, value }, machine) => `it ${op === 'is' ? '' : 'not '}${value} by the deploy path of ${machine}`,
    '/said': either(
      () => 'no reason given',
      () => 'a reason given',
      null,
    ),
    '/state': either(
      (machine) => `the repository of ${machine} as it was before`,
      (machine) => `the repository of ${machine} changed`,
      'old',
    ),
    '/worktree': either(
      (machine) => `nothing uncommitted on ${machine}`,
      (machine) => `something uncommitted on ${machine}`,
      'clean',
    ),
    '/stoppedCount': either(
      (machine) => `no process of ${machine} stopped`,
      (machine) => `processes of ${machine} stopped`,
      0,
    ),
    '/agents/*/process': processPhrase,
    '/agents/*/behaviour': behaviourPhrase,
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

export const secretLook: Asked<typeof secrets> = {
  witness: 'disk',
  answer: secrets,
  says: {
    '/files/*/state': ({ op, value }, machine, name) => {
      const what = { none: 'absent', old: 'what it was before', other: 'changed' }[String(value)]
      return `the file of ${name} on ${machine} ${op === 'is' ? '' : 'not '}${what ?? value}`
    },
    '/files/*/now/mode': ({ op, value }, _machine, name) => `${name} ${op === 'is' ? '' : 'not '}of mode ${value}`,
    '/files/*/now/bytes': ({ op, value }, _machine, name) => `${name} ${op === 'is' ? '' : 'not '}of ${value} bytes`,
    '/changedFiles': ({ op, value }, machine) =>
      op === 'is' && value === 0 ? `every secret file on ${machine} as before` : `secret files changed`,
    '/agents/*/process': processPhrase,
    '/agents/*/behaviour': behaviourPhrase,
    '/agents/*/health': either(
      (machine, name) => `${machine}/${name} answering`,
      (machine, name) => `${machine}/${name} not answering that it is well`,
      200,
    ),
    '/agents/*/isShown': either(
      (machine, name) => `the value in the log of ${machine}/${name}`,
      (machine, name) => `no value in the log of ${machine}/${name}`,
    ),
    '/agents/*/namesIt': either(
      (machine, name) => `${machine}/${name} naming the secret in its log`,
      (machine, name) => `${machine}/${name} not naming the secret in its log`,
    ),
    '/agents/*/says': either(
      (machine, name) => `${machine}/${name} saying nothing of the secret`,
      (machine, name) => `${machine}/${name} saying something of the secret`,
      null,
    ),
  },
}
