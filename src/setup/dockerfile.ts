/**
 * One stage of the Dockerfile as a Dockerfile of its own. The classic builder builds every stage above the wanted one, in order;
 * cut apart they build side by side, and none waits for, or fails with, another.
 */

/** @throws Error when there is no such stage */
export function cutStage(dockerfile: string, stage: string, from?: string): string {
  const [head = '', ...blocks] = dockerfile.split(/^(?=FROM )/m)
  const block = blocks.find((text) => new RegExp(`^FROM \\S+ AS ${stage}$`, 'm').test(text))
  if (block === undefined) throw new Error(`no stage ${stage} in the Dockerfile`)
  return from === undefined ? head + block : block.replace(/^FROM \S+/, `FROM ${from}`)
}

/** What a stage copies out of the build context, as paths in it. */
export function copiedPaths(stage: string): string[] {
  return [...stage.matchAll(/^COPY (?!--from)((?:--\S+ )*)(.+)$/gm)].flatMap(([, , paths = '']) => paths.trim().split(/\s+/).slice(0, -1))
}
