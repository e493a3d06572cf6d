/** Edits of what is deployed on a machine, as data: made on the machine, and refused there when the file is another by then. */
import { createHash } from 'node:crypto'

export type DeployedEdit =
  /** Parts of a text, by their place in it. */
  | {
      readonly path: string
      readonly sha256: string
      readonly parts: readonly { readonly start: number; readonly end: number; readonly text: string }[]
    }
  /** Words that stand in it once. */
  | { readonly path: string; readonly from: string; readonly to: string }
  /** Keys of a script, which is a JSON object. Those of `environment` are laid over what is there. */
  | { readonly path: string; readonly agent?: string; readonly log?: unknown; readonly environment?: Readonly<Record<string, unknown>> }

/** @param text of the file as it is @throws Error when it is not what the edit was planned for */
export function edited(edit: DeployedEdit, text: string): string {
  if ('parts' in edit) {
    if (sha256Of(text) !== edit.sha256)
      throw new Error(`${edit.path} is another than the one for which this was planned: somebody changed it`)
    return edit.parts.reduceRight((left, { start, end, text: part }) => left.slice(0, start) + part + left.slice(end), text)
  }
  if ('from' in edit) {
    if (text.split(edit.from).length !== 2) throw new Error(`${JSON.stringify(edit.from)} does not stand in ${edit.path} exactly once`)
    return text.replace(edit.from, () => edit.to)
  }
  const { path: _path, environment, ...keys } = edit
  const script = JSON.parse(text) as { environment?: object }
  return `${JSON.stringify({ ...script, ...keys, ...(environment && { environment: { ...script.environment, ...environment } }) })}\n`
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
