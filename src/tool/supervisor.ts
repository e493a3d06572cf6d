/**
 * A small client of supervisord's XML-RPC over its unix socket, for the boot script and for faults that stop and start
 * processes by name. It exists because spawning `supervisorctl` costs a Python start for every question.
 */
import { request } from 'node:http'
import { XMLParser } from 'fast-xml-parser'

export interface ProcessInfo {
  readonly name: string
  readonly group: string
  readonly statename: string
  readonly pid: number
  readonly exitstatus: number
  readonly spawnerr: string
  /** Seconds since 1970, by the machine's clock; 0 where it never started or stopped. */
  readonly start: number
  readonly stop: number
  /** When it was asked. */
  readonly now: number
}

/** A call as `multicall` takes it. */
export interface Call {
  readonly method: string
  readonly params: readonly (string | boolean)[]
}

/** What supervisord refuses, with its own code and words (`BAD_NAME: Foo`). */
export class SupervisorFault extends Error {
  readonly faultCode: number

  constructor(faultCode: number, faultString: string) {
    super(faultString)
    this.name = 'SupervisorFault'
    this.faultCode = faultCode
  }
}

export const faultCodes = { badName: 10, noFile: 20, abnormalTermination: 40, spawnError: 50, alreadyStarted: 60, notRunning: 70 } as const

export interface Supervisor {
  /** @param wait until it has stayed up for its startsecs; otherwise the answer comes as soon as it is spawned */
  startProcess(name: string, wait?: boolean): Promise<void>
  /** @param wait until it is gone */
  stopProcess(name: string, wait?: boolean): Promise<void>
  getAllProcessInfo(): Promise<readonly ProcessInfo[]>
  /** All in one request, in order; a call that is refused does not stop the others. */
  multicall(calls: readonly Call[]): Promise<readonly (unknown | SupervisorFault)[]>
}

/** The call that `startProcess` makes, for use in `multicall`. */
export function startCall(name: string, wait = false): Call {
  return { method: 'supervisor.startProcess', params: [name, wait] }
}

/** And the one that `stopProcess` makes. */
export function stopCall(name: string, wait = false): Call {
  return { method: 'supervisor.stopProcess', params: [name, wait] }
}

export function supervisor(socketPath: string, timeoutMs = 10_000): Supervisor {
  const call = async (method: string, params: readonly Value[]) =>
    decodeResponse(await post(socketPath, encodeCall(method, params), timeoutMs))
  return {
    startProcess: async (name, wait = true) => void (await call('supervisor.startProcess', [name, wait])),
    stopProcess: async (name, wait = true) => void (await call('supervisor.stopProcess', [name, wait])),
    getAllProcessInfo: async () => (await call('supervisor.getAllProcessInfo', [])) as ProcessInfo[],
    multicall: async (calls) => {
      if (calls.length === 0) return []
      const answers = (await call('system.multicall', [calls.map(({ method, params }) => ({ methodName: method, params }))])) as unknown[]
      return answers.map((answer) => (isFault(answer) ? new SupervisorFault(answer.faultCode, answer.faultString) : answer))
    },
  }
}

type Value = string | boolean | number | readonly Value[] | { readonly [name: string]: Value }
type Element = { readonly [tag: string]: unknown }

const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  // A list of one must stay a list, and every value must look the same whether or not it has siblings.
  isArray: (name) => name === 'value' || name === 'member' || name === 'param',
})

export function encodeCall(method: string, params: readonly Value[]): string {
  const encoded = params.map((value) => `<param><value>${encodeValue(value)}</value></param>`).join('')
  return `<?xml version="1.0"?><methodCall><methodName>${escaped(method)}</methodName><params>${encoded}</params></methodCall>`
}

function encodeValue(value: Value): string {
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`
  if (typeof value === 'number') return `<int>${value}</int>`
  if (isList(value)) return `<array><data>${value.map((item) => `<value>${encodeValue(item)}</value>`).join('')}</data></array>`
  const members = Object.entries(value).map(([name, field]) => {
    return `<member><name>${escaped(name)}</name><value>${encodeValue(field)}</value></member>`
  })
  return `<struct>${members.join('')}</struct>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** @throws SupervisorFault when the answer is one */
export function decodeResponse(xml: string): unknown {
  const { methodResponse } = parser.parse(xml) as { methodResponse?: Element }
  if (methodResponse === undefined) throw new Error(`not an XML-RPC answer: ${xml.slice(0, 200)}`)
  const fault = only(methodResponse.fault)
  if (fault !== undefined) {
    const { faultCode, faultString } = decodeValue(only(fault.value)) as { faultCode: number; faultString: string }
    throw new SupervisorFault(faultCode, faultString)
  }
  return decodeValue(only(only(only(methodResponse.params)?.param)?.value))
}

function decodeValue(value: unknown): unknown {
  if (value === undefined || typeof value === 'string') return value ?? ''
  const typed = value as Element
  if ('string' in typed) return String(typed.string)
  if ('boolean' in typed) return typed.boolean === '1'
  if ('int' in typed || 'i4' in typed) return Number(typed.int ?? typed.i4)
  if ('double' in typed) return Number(typed.double)
  if ('array' in typed) return list(only(only(typed.array)?.data)?.value).map(decodeValue)
  if ('struct' in typed) {
    const members = list(only(typed.struct)?.member) as Element[]
    return Object.fromEntries(members.map((member) => [String(member.name), decodeValue(only(member.value))]))
  }
  throw new Error(`an XML-RPC value of an unknown type: ${Object.keys(typed).join(', ')}`)
}

function only(node: unknown): Element | undefined {
  const first = Array.isArray(node) ? node[0] : node
  return first === '' ? undefined : (first as Element | undefined)
}

function list(node: unknown): readonly unknown[] {
  return node === undefined ? [] : Array.isArray(node) ? node : [node]
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

function isFault(answer: unknown): answer is { readonly faultCode: number; readonly faultString: string } {
  return typeof answer === 'object' && answer !== null && 'faultCode' in answer
}

function post(socketPath: string, body: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) }
    const outgoing = request({ socketPath, path: '/RPC2', method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`supervisord at ${socketPath} answered ${response.statusCode}: ${text.slice(0, 200)}`))
      })
    })
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`supervisord at ${socketPath} did not answer within ${timeoutMs} ms`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
