/** Whom the observer asks: the agents, and the services beside them. */
import type { Event, TopologyEvent } from './event.ts'

/** Ids by their place in `samples.targets`. The sentinel is one past the last. */
export function watchedIn(topology: TopologyEvent | undefined): readonly string[] {
  return [...(topology?.agents ?? []), ...(topology?.services ?? [])].map(({ id }) => id)
}

/** These, and the services that are the word of one of them: an agent is not back while its own word is not. */
export function withTheirWord(
  ids: readonly string[],
  services: readonly { readonly id: string; readonly agent?: string }[],
): readonly string[] {
  const words = services.filter(({ agent }) => agent !== undefined && ids.includes(agent))
  return [...new Set([...ids, ...words.map(({ id }) => id)])]
}

/** Whom a fault may affect: those in its radius, those whom it silences, and the services that are their word. */
export function affectedBy({ radius, silences }: Event<'plan'>, topology: TopologyEvent | undefined): readonly string[] {
  return withTheirWord([...radius, ...silences], topology?.services ?? [])
}
