/**
 * The lines between the harness and a resident tool: one of JSON each way, many requests under way at once, each with its number. Both
 * sides check what they hear. Nothing is ever assumed of a request whose stream broke.
 */
import Type, { type Static, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

export const protocol = 'gauntlet/tool@1'

const id = Type.Integer({ minimum: 1 })
/** As far as a timer goes. */
const deadlineMs = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })

const requestSchema = Type.Union([
  Type.Object({ id, argv: Type.Array(Type.String(), { minItems: 1 }), stdin: Type.Optional(Type.String()), deadlineMs }),
  Type.Object({ id, cancel: Type.Literal(true) }),
  /** Whether anybody is there: answered at once, like a verb that went well. */
  Type.Object({ id, ping: Type.Literal(true) }),
])
export type Request = Static<typeof requestSchema>

const replySchema = Type.Union([
  /** Once, before anything else. */
  Type.Object({ hello: Type.Literal(protocol), pid: Type.Integer() }),
  /** Instead of it: whose this tool is, and then the server ends. */
  Type.Object({ refused: Type.String() }),
  /** A line that a verb has printed. */
  Type.Object({ id, line: Type.String() }),
  Type.Object({ id, exitCode: Type.Integer(), stderr: Type.String() }),
])
export type Reply = Static<typeof replySchema>

export const readRequest = reader<Request>(requestSchema)
export const readReply = reader<Reply>(replySchema)

/** @returns undefined for what is no such line */
function reader<T>(schema: TSchema): (line: string) => T | undefined {
  const compiled = Compile(schema)
  return (line) => {
    try {
      const value: unknown = JSON.parse(line)
      return compiled.Check(value) ? (value as T) : undefined
    } catch {
      return undefined
    }
  }
}
