/** Edits of a machine's startup config, planned from the topology. Whoever makes them needs none of this (deployed-edit.ts). */
import { basename } from 'node:path'
import { isScalar, parseDocument } from 'yaml'
import { GauntletError } from '../base/errors.ts'
import { readStartup } from '../config/startup.ts'
import { type DeployedEdit, sha256Of } from './deployed-edit.ts'
import type { Agent, Machine, MachineId, Topology } from './topology.ts'

export type Values = Readonly<Record<string, string | number | boolean>>

/**
 * @param changes for agents of this machine, by the keys that they have in the config's entries of them
 * @returns one edit, or why there is none, in words: an entry has no such key of its own
 */
export function configEdit(
  machine: Machine,
  changes: readonly { readonly agent: Agent; readonly values: Values }[],
): DeployedEdit | string {
  const { configFile, configText: text } = machine
  const file = basename(configFile)
  const read = readStartup({ file, text }, machine.variables)
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false })
  const parts: { start: number; end: number; text: string }[] = []
  for (const { agent, values } of changes) {
    const entry = 'config' in read ? read.config.agents.find(({ name }) => name === agent.name) : undefined
    if (entry === undefined) return `${file} lists no ${agent.name}`
    for (const [key, value] of Object.entries(values)) {
      const node = document.getIn([...entry.path, key], true)
      if (!isScalar(node) || !node.range) return `the entry of ${agent.name} in ${file} has no value of its own at ${key}`
      parts.push({ start: node.range[0], end: node.range[1], text: JSON.stringify(value) })
    }
  }
  return { path: `config/${file}`, sha256: sha256Of(text), parts: parts.sort((a, b) => a.start - b.start) }
}

/**
 * A port that nobody of the machine has, and that its config names nowhere.
 * @param given what was given out before; the port is added to it
 */
export function freePort({ machines, agents }: Topology, id: MachineId, from: number, given: Set<number>): number {
  const taken = new Set([...agents.values()].filter(({ machine }) => machine === id).flatMap(({ port, healthPort }) => [port, healthPort]))
  const named = new Set(
    machines
      .get(id)
      ?.configText.match(/\b\d{4,5}\b/g)
      ?.map(Number),
  )
  for (let port = from; port < from + 1000; port += 1) {
    if (taken.has(port) || named.has(port) || given.has(port)) continue
    given.add(port)
    return port
  }
  throw new GauntletError('usage/fault', `looking for a port from ${from} to ${from + 999} on ${id}: none is free`)
}
