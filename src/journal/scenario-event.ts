/** What is to be done and by what it is judged, and the phases that it went through. */
import Type from 'typebox'
import type { Of } from '../base/schema.ts'
import { promises } from './run-event.ts'

const text = Type.String()
const texts = Type.Array(text)
const ms = Type.Number()

/** An alert that a scenario's faults must set off, and when, counted from the first one's being applied; after the time scale. */
const expectedAlert = Type.Object({
  alert: text,
  level: text,
  channel: text,
  /** What it must be about: one of these. Absent where no rule is called so: unknown. */
  subjects: Type.Optional(texts),
  /** Not sooner. */
  afterMs: ms,
  /** Not later. */
  withinMs: ms,
  /** Resolved not later than this after the last release. */
  resolvedMs: ms,
})
export type ExpectedAlert = Of<typeof expectedAlert>

/** Declares a scenario; everything up to the next one belongs to it. */
export const scenarioEvent = Type.Object({
  kind: Type.Literal('scenario'),
  name: text,
  hypothesis: text,
  risks: texts,
  criteria: texts,
  /** After the scenario's own tightening or loosening. */
  limits: promises,
  /** True when the fleet was brought up for this scenario, so that its bring-up is part of it. */
  coldStart: Type.Boolean(),
  /** How long it is to be watched, undisturbed and from the first fault on. */
  planned: Type.Object({ steadyMs: ms, disturbedMs: ms }),
  /** Absent where the scenario does not say; empty where nobody is to be told of anything. */
  alerts: Type.Optional(Type.Array(expectedAlert)),
})
export type ScenarioEvent = Of<typeof scenarioEvent>

export const phaseEvent = Type.Object({
  kind: Type.Literal('phase'),
  name: Type.Enum(['bring-up', 'steady', 'fault', 'recovery', 'final']),
})
export type PhaseEvent = Of<typeof phaseEvent>
export type PhaseName = PhaseEvent['name']
