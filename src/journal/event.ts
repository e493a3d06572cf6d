/**
 * The vocabulary of the journal: everything that happened, in the order it happened, as one discriminated union.
 * The run writes it and judges nothing; the judge reads it and sees nothing else. All times are milliseconds on one
 * clock, the run's own: 0 is the moment the journal was opened.
 */
import type { Of } from '../base/schema.ts'
import { bootEvent, validationEvent } from './boot-event.ts'
import { leaseEvent, planEvent, proofEvent } from './fault-event.ts'
import { agentLogEvent, configFindingsEvent, topologyEvent } from './fleet-event.ts'
import { loadEndEvent, loadEvent, loadSamplesEvent } from './load-event.ts'
import { lagEvent, observerEvent, samplesEvent } from './observer-event.ts'
import {
  accountsEvent,
  expositionEvent,
  freshnessEvent,
  noticesEvent,
  processesEvent,
  pushesEvent,
  registrationsEvent,
  sequencesEvent,
} from './reported-event.ts'
import { leftoversEvent, snapshotEvent } from './residue-event.ts'
import { abortEvent, endEvent, runEvent, troubleEvent } from './run-event.ts'
import { phaseEvent, scenarioEvent } from './scenario-event.ts'

export type * from './boot-event.ts'
export type * from './fault-event.ts'
export type * from './fleet-event.ts'
export type * from './load-event.ts'
export type * from './observer-event.ts'
export * from './probe.ts'
export type * from './reported-event.ts'
export type * from './residue-event.ts'
export * from './run-event.ts'
export type * from './scenario-event.ts'

/** Place of an event in the journal: dense, from 0. */
export type Seq = number & { readonly brand: 'journal sequence number' }

export const eventSchemas = {
  run: runEvent,
  topology: topologyEvent,
  'config-findings': configFindingsEvent,
  scenario: scenarioEvent,
  phase: phaseEvent,
  boot: bootEvent,
  validation: validationEvent,
  'agent-log': agentLogEvent,
  registrations: registrationsEvent,
  exposition: expositionEvent,
  freshness: freshnessEvent,
  pushes: pushesEvent,
  accounts: accountsEvent,
  processes: processesEvent,
  sequences: sequencesEvent,
  notices: noticesEvent,
  plan: planEvent,
  lease: leaseEvent,
  proof: proofEvent,
  observer: observerEvent,
  samples: samplesEvent,
  lag: lagEvent,
  load: loadEvent,
  'load-samples': loadSamplesEvent,
  'load-end': loadEndEvent,
  snapshot: snapshotEvent,
  leftovers: leftoversEvent,
  abort: abortEvent,
  trouble: troubleEvent,
  end: endEvent,
}

export type EventBody = Of<(typeof eventSchemas)[keyof typeof eventSchemas]>

export type Kind = EventBody['kind']

/** An event as it stands in the file: its body, where it is, and when it was written. */
export type Event<K extends Kind = Kind> = Extract<EventBody, { readonly kind: K }> & { readonly seq: Seq; readonly atMs: number }
