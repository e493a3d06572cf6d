/** Startup configs by their file names, to what a run needs of them; everything wrong in any of them is said at once. */
import type { Problem } from '../base/errors.ts'
import { fileError } from '../config/document.ts'
import { configFindings } from '../config/findings.ts'
import type { Variables } from '../config/port-expression.ts'
import { isSource, readSource } from '../config/source.ts'
import { readStartup, type StartupConfig } from '../config/startup.ts'
import type { ConfigFinding } from '../journal/event.ts'
import type { Topology } from './topology.ts'
import { topologyOf } from './topology-of.ts'

export interface LoadedConfigs {
  readonly configs: readonly StartupConfig[]
  readonly topology: Topology
  /** Errors first. A finding is not a problem: such a pair is started, and judged by it. */
  readonly findings: readonly ConfigFinding[]
}

/**
 * @param variables for expressions in ports; PORT_OFFSET is 0 unless it is given
 * @throws GauntletError usage/file with all problems of all files
 */
export function loadStartupConfigs(files: readonly string[], variables: Variables = {}): LoadedConfigs {
  const problems: Problem[] = []
  const configs: StartupConfig[] = []
  for (const file of files) {
    const source = readSource(file)
    const read = isSource(source) ? readStartup(source, variables) : { problems: [source] }
    if ('config' in read) configs.push(read.config)
    else problems.push(...read.problems)
  }
  if (problems.length > 0) throw fileError(problems)
  return { configs, topology: topologyOf(configs), findings: configFindings(configs) }
}
