/** Who descends from a process, as the kernel has it: whom a time-out ends with it, and what is left of a run. */
import { readdirSync, readFileSync } from 'node:fs'

/** @returns process ids, without that of the root; zombies are no more */
export function descendantsOf(root: number): readonly number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const [state, parent] = ofProcess(Number(pid), 'stat').split(') ').at(-1)?.split(' ') ?? []
      return parent === undefined || state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent) }]
    })
  const found = new Set([root])
  for (let before = 0; before !== found.size; ) {
    before = found.size
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid)
  }
  found.delete(root)
  return [...found]
}

/** @returns a file of it below /proc; of one that ended while we looked, nothing */
export function ofProcess(pid: number, file: 'stat' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
