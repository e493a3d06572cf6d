/** What an engine holds under a label of ours, and how it is removed: containers first, since networks and volumes are theirs. */
import type Docker from 'dockerode'

export interface ContainerState {
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** created, running, paused, restarting, removing, exited or dead. */
  readonly state: string
  /** In people's words: `Exited (137) 5 seconds ago`. */
  readonly status: string
}

interface Held {
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

export interface Holdings {
  readonly containers: readonly ContainerState[]
  readonly networks: readonly Held[]
  readonly volumes: readonly Held[]
}

/** @param label `key` or `key=value` */
export async function list(docker: Docker, label: string): Promise<Holdings> {
  const filters = { label: [label] }
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters: filters as never }),
  ])
  return {
    containers: containers.map(({ Id, Names, Labels, State, Status }) => {
      return { id: Id, name: Names[0]?.replace(/^\//, '') ?? Id, labels: Labels, state: State, status: Status }
    }),
    networks: networks.map(({ Id, Name, Labels }) => ({ id: Id, name: Name, labels: Labels ?? {} })),
    volumes: (volumes.Volumes ?? []).map(({ Name, Labels }) => ({ id: Name, name: Name, labels: Labels ?? {} })),
  }
}

export function isEmpty({ containers, networks, volumes }: Holdings): boolean {
  return containers.length + networks.length + volumes.length === 0
}

/** One round. What is busy, or gone by itself meanwhile, is left to the next. */
export async function removeOnce(docker: Docker, { containers, networks, volumes }: Holdings): Promise<void> {
  await Promise.all(networks.map(({ id }) => vacate(docker.getNetwork(id))))
  await Promise.all(containers.map(({ id }) => settled(docker.getContainer(id).remove({ force: true, v: true }))))
  await Promise.all([
    ...networks.map(({ id }) => settled(docker.getNetwork(id).remove())),
    ...volumes.map(({ id }) => settled(docker.getVolume(id).remove({ force: true }))),
  ])
}

/**
 * One after the other: an engine counts who is on a network, and loses count when several leave at once (moby/moby#42119). Such a
 * network cannot be removed before the engine is started again.
 */
async function vacate(network: Docker.Network): Promise<void> {
  const seen = await settled(network.inspect())
  for (const Container of Object.keys(seen?.Containers ?? {})) await settled(network.disconnect({ Container, Force: true }))
}

async function settled<T>(asked: Promise<T>): Promise<T | undefined> {
  return await asked.catch((error: { statusCode?: number }) => {
    if (error.statusCode === undefined) throw error // no answer at all: the engine is lost
    return undefined
  })
}

/** Sorted by the value of one label; what does not carry it is left out. */
export function byLabel(holdings: Holdings, label: string): ReadonlyMap<string, Holdings> {
  const { containers, networks, volumes } = holdings
  const values = new Set([...containers, ...networks, ...volumes].flatMap(({ labels }) => labels[label] ?? []))
  const having = (value: string) => (item: { readonly labels: Readonly<Record<string, string>> }) => item.labels[label] === value
  return new Map(
    [...values]
      .sort()
      .map((value) => [
        value,
        { containers: containers.filter(having(value)), networks: networks.filter(having(value)), volumes: volumes.filter(having(value)) },
      ]),
  )
}
