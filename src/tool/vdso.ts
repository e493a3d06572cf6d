/**
 * Makes one process read a wrong time, without its doing and without its image's. A program asks the vDSO for the time, a few pages
 * of code that the kernel maps into every process. Each process may have its own copy of such a page: so the three functions that
 * tell the time of day are led, by a jump at their entries, to code of ours in the unused end of the same pages, which asks the
 * kernel and adds an offset. Monotonic clocks stay as they are. Other processes, and this host, see nothing of it.
 *
 * What a process asks of the kernel itself (a time-out of a socket, the time of a file) is not changed. x86-64 only.
 */
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'

/** Assembled from vdso.s beside this file. */
const code = Buffer.from(
  [
    '4741554e544c45540000000000000000b8e40000000f0585c0752e85ff740583',
    'ff05752548690600ca9a3b48034608480305d2ffffff4899b900ca9a3b48f7f9',
    '4889064889560831c0c3660f1f4400004885f6740748c706000000004885ff74',
    '1e4889fe31ff56e8a4ffffff5e488b46084899b9e803000048f7f94889460831',
    'c0c366662e0f1f8400000000000f1f00574883ec104889e631ffe871ffffff48',
    '8b04244883c4105f4885ff7403488907c3',
  ].join(''),
  'hex',
)
const magicBytes = 8
const offsetAt = 8
/** Where our function for each of the vDSO's begins. */
const entries = { __vdso_clock_gettime: 0x10, __vdso_gettimeofday: 0x50, __vdso_time: 0x90 } as const
/** What is written at an entry at once. */
const jumpBytes = 8
const alignment = 64

export interface Vdso {
  readonly bytes: Buffer
  /** Where our code goes. */
  readonly room: number
  /** Where each of the three begins, and where ours does. */
  readonly jumps: readonly { readonly from: number; readonly to: number }[]
}

/** The vDSO as the kernel made it, seen in this very process. @throws Error where it is not one that we know how to change */
export function ownVdso(): Vdso {
  if (process.arch !== 'x64') throw new Error(`the code that shifts a clock is for x64, and this is ${process.arch}`)
  const memory = openMemory(process.pid, 'r')
  try {
    const bytes = memory.read(0, memory.size)
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1
    const room = Math.ceil(end / alignment) * alignment
    if (room + code.length > bytes.length) throw new Error(`the vDSO has ${bytes.length - end} bytes left, and ${code.length} are needed`)
    const symbols = symbolsOf(bytes)
    const jumps = Object.entries(entries).map(([name, at]) => {
      const from = symbols.get(name)
      if (from === undefined || from % jumpBytes !== 0) throw new Error(`the vDSO has no ${name} that could be led elsewhere`)
      return { from, to: room + at }
    })
    return { bytes, room, jumps }
  } finally {
    memory.close()
  }
}

/**
 * From now on, or until `restore`, the process reads this much more than the kernel says. May be called again, with another offset.
 * @throws Error when the process has another vDSO than we have, or one that somebody else has changed; or is gone
 */
export function shift(pid: number, offsetNs: bigint, own: Vdso): void {
  const memory = openMemory(pid, 'r+')
  try {
    if (memory.size !== own.bytes.length) throw new Error(`process ${pid} has another vDSO than this kernel gives to others`)
    const offset = Buffer.alloc(8)
    offset.writeBigInt64LE(offsetNs)
    const there = memory.read(own.room, code.length)
    if (isOurs(there)) memory.write(own.room + offsetAt, offset)
    else if (there.some((byte) => byte !== 0)) throw new Error(`the vDSO of process ${pid} was changed by somebody else`)
    else memory.write(own.room, Buffer.concat([code.subarray(0, offsetAt), offset, code.subarray(offsetAt + 8)]))
    for (const { from, to } of own.jumps) {
      const now = memory.read(from, jumpBytes)
      const jump = jumpOf(own, from, to)
      if (now.equals(jump)) continue
      if (!now.equals(own.bytes.subarray(from, from + jumpBytes)))
        throw new Error(`the vDSO of process ${pid} was changed by somebody else`)
      memory.write(from, jump)
    }
  } finally {
    memory.close()
  }
}

/**
 * The time is the kernel's again. Our code stays where it is, unreached and with an offset of none, until the process ends: a thread
 * may just be in it.
 */
export function restore(pid: number, own: Vdso): void {
  const memory = openMemory(pid, 'r+')
  try {
    if (memory.size !== own.bytes.length || !isOurs(memory.read(own.room, code.length))) return
    for (const { from, to } of own.jumps)
      if (memory.read(from, jumpBytes).equals(jumpOf(own, from, to))) memory.write(from, own.bytes.subarray(from, from + jumpBytes))
    memory.write(own.room + offsetAt, Buffer.alloc(8))
  } finally {
    memory.close()
  }
}

/** By how much the process reads the time wrong; undefined where it reads what the kernel says. */
export function shiftOf(pid: number, own: Vdso): bigint | undefined {
  const memory = openMemory(pid, 'r')
  try {
    if (memory.size !== own.bytes.length) return undefined
    const there = memory.read(own.room, code.length)
    const led = own.jumps.every(({ from, to }) => memory.read(from, jumpBytes).equals(jumpOf(own, from, to)))
    return led && isOurs(there) ? there.readBigInt64LE(offsetAt) : undefined
  } finally {
    memory.close()
  }
}

function isOurs(there: Buffer): boolean {
  return there.subarray(0, magicBytes).equals(code.subarray(0, magicBytes))
}

/** `jmp rel32`, and the rest of the eight bytes as they were. */
function jumpOf({ bytes }: Vdso, from: number, to: number): Buffer {
  const jump = Buffer.from(bytes.subarray(from, from + jumpBytes))
  jump[0] = 0xe9
  jump.writeInt32LE(to - (from + 5), 1)
  return jump
}

/** The vDSO of a process, by offsets in it. The kernel lets a debugger write where the process itself may not: into a copy of its own. */
function openMemory(pid: number, mode: 'r' | 'r+') {
  const [, begin, end] = /^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$/m.exec(readFileSync(`/proc/${pid}/maps`, 'utf8')) ?? []
  if (begin === undefined || end === undefined) throw new Error(`process ${pid} has no vDSO`)
  const base = Number.parseInt(begin, 16)
  const file = openSync(`/proc/${pid}/mem`, mode)
  return {
    size: Number.parseInt(end, 16) - base,
    read(at: number, length: number): Buffer {
      const bytes = Buffer.alloc(length)
      if (readSync(file, bytes, 0, length, base + at) !== length) throw new Error(`the memory of process ${pid} ended`)
      return bytes
    },
    write: (at: number, bytes: Buffer) => void writeSync(file, bytes, 0, bytes.length, base + at),
    close: () => closeSync(file),
  }
}

const dynamicSegment = 2
const tags = { strings: 5, symbols: 6 } as const
const symbolBytes = 24

/** Name → place, of the dynamic symbols of an ELF image of 64 bits; the names stand behind the symbols, as linkers have it. */
function symbolsOf(elf: Buffer): ReadonlyMap<string, number> {
  const at = (place: number) => Number(elf.readBigUInt64LE(place))
  const headers = Array.from({ length: elf.readUInt16LE(56) }, (_, index) => at(32) + index * elf.readUInt16LE(54))
  const dynamic = headers.find((header) => elf.readUInt32LE(header) === dynamicSegment)
  if (dynamic === undefined) throw new Error('the vDSO names no symbols')
  const found = new Map<number, number>()
  for (let place = at(dynamic + 16); at(place) !== 0; place += 16) found.set(at(place), at(place + 8))
  const [symbols = 0, strings = 0] = [found.get(tags.symbols), found.get(tags.strings)]
  const names = new Map<string, number>()
  for (let place = symbols; place + symbolBytes <= strings; place += symbolBytes) {
    const name = strings + elf.readUInt32LE(place)
    names.set(elf.toString('latin1', name, elf.indexOf(0, name)), at(place + 8))
  }
  return names
}
