/** Every question that a tool answers, by the verb that asks it. What proves a fault is a predicate over one of these answers. */
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Json } from '../base/predicate.ts'
import type { Asked } from './answer.ts'
import { changed, secretLook } from './changes.ts'
import { clock } from './clock.ts'
import { container, hog } from './containers.ts'
import { cutState, linkState, lookUp, portState } from './network.ts'
import { idle, process } from './processes.ts'
import { file, flooded, volume } from './volumes.ts'

export const questions = {
  process,
  idle,
  'container-state': container,
  'hog-state': hog,
  'clock-state': clock,
  'cut-state': cutState,
  'link-state': linkState,
  'port-state': portState,
  'look-up': lookUp,
  volume,
  flooded,
  file,
  'secret-look': secretLook,
  changed,
} as const satisfies Record<string, Asked<TSchema>>

export type Question = keyof typeof questions

export function isQuestion(verb: string | undefined): verb is Question {
  return verb !== undefined && Object.hasOwn(questions, verb)
}

const checks = new Map(Object.entries(questions).map(([verb, { answer }]) => [verb, Compile(answer as TSchema)]))

/** @returns what is wrong with it as an answer to this question; undefined: nothing */
export function wrongIn(verb: Question, answer: Json): string | undefined {
  const check = checks.get(verb)
  if (check?.Check(answer)) return undefined
  const [first] = check?.Errors(answer) ?? []
  return `the answer to ${verb} is not of its schema: ${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim()
}
