/** What is wrong, or worth knowing, in configs that can be read: our own static reading, before anything is started. */
import type { ConfigFinding } from '../journal/event.ts'
import { agentKey, dependencyCycles, unknownDependencies } from './dependencies.ts'
import { portClashes, portsOutsideRange } from './ports.ts'
import type { StartupConfig } from './startup.ts'

const ownHosts = ['0.0.0.0', '127.0.0.1', 'localhost', '::', '::1']

/** @param peers names of agents on machines whose config is not among these, so that dependencies on them are known */
export function configFindings(configs: readonly StartupConfig[], peers: readonly string[] = []): ConfigFinding[] {
  const findings = [
    ...dependencyCycles(configs),
    ...unknownDependencies(configs, peers),
    ...configs.flatMap((config) => [...portClashes(config), ...portsOutsideRange(config), ...mappedHosts(config)]),
  ]
  const rank = (finding: ConfigFinding) => (finding.severity === 'error' ? 0 : 1)
  const file = ({ file }: ConfigFinding) => configs.findIndex((config) => config.file === file)
  return findings.sort((a, b) => rank(a) - rank(b) || file(a) - file(b) || a.line - b.line || a.column - b.column)
}

function mappedHosts(config: StartupConfig): ConfigFinding[] {
  return config.agents.flatMap(({ name, host, path }) => {
    if (host === undefined || ownHosts.includes(host)) return []
    const message = `${name}: host ${host} is mapped to the simulated machine ${config.machine}, never contacted`
    return [{ rule: 'host-mapped', severity: 'note', message, ...config.placeOf([...path, 'host']), agents: [agentKey(config, name)] }]
  })
}
