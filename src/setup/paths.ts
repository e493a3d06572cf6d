/** Where things of the set-up live: all of it below the project, in one folder that git ignores. */
import { resolve } from 'node:path'

export const projectDirectory = resolve(import.meta.dirname, '../..')
export const stateDirectory = resolve(projectDirectory, '.gauntlet')
