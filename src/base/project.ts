/** Where things are: the project's own folders, whatever folder the command was called from. */
import { join, resolve } from 'node:path'

export const projectRoot = resolve(import.meta.dirname, '..', '..')
/** What set-up keeps: tools, logs, build contexts. Ignored by git. */
export const stateDirectory = join(projectRoot, '.gauntlet')
export const reportsDirectory = join(projectRoot, 'reports')
export const scenariosDirectory = join(projectRoot, 'scenarios')
export const defaultConfigs = ['mainpc.startup.yaml', 'pc2.startup.yaml'].map((name) => join(projectRoot, 'fixtures', 'configs', name))
