/**
 * Where notifications end: a program that takes what Slack and PagerDuty would take, and keeps a record of it
 * (fixtures/fleet/sink.main.ts). Nothing in a fleet can reach the real ones.
 */

/** In its container. */
export const sinkConfigPath = '/etc/fleet/sink.json'
export const sinkPort = 8080
/** On the data network. */
export const sinkAddress = `sink.lan:${sinkPort}`
/** Where the alert that always fires ends. */
export const heartbeatPath = '/heartbeat'
/** On the management network, where the record is read. */
export const sinkRecordUrl = `http://sink.mgmt:${sinkPort}/alerts`

/** What the sink is given: which of its doors leads to which channel. */
export interface SinkConfig {
  readonly port: number
  /** Path of an incoming webhook → the channel that it posts to where the message names none. */
  readonly slack: Readonly<Record<string, string>>
  /** Routing key of an integration → who is paged. */
  readonly pagerduty: Readonly<Record<string, string>>
}
