/** Reads a file that a person named, and says in words of the task what is wrong when it cannot be read. */
import { readFileSync } from 'node:fs'
import type { Problem } from '../base/errors.ts'

/** A text and the name that messages give it. */
export interface Source {
  readonly file: string
  readonly text: string
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: a part of its path is not a directory',
  EISDIR: 'this is a directory, not a file',
  EACCES: 'not readable: permission denied',
}
/** Startup configs and scenarios are some hundred kilobytes at most; a larger file is another file named by mistake. */
const limitBytes = 10 * 1024 * 1024

/** @returns the text, or the one problem with the file */
export function readSource(file: string): Source | Problem {
  try {
    const bytes = readFileSync(file)
    if (bytes.length > limitBytes) return { file, message: `${bytes.length} bytes`, expected: `at most ${limitBytes} bytes` }
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    const message = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'not UTF-8 text' : (reasons[code] ?? `not readable: ${code}`)
    return { file, message, expected: 'a readable YAML file' }
  }
}

export function isSource(read: Source | Problem): read is Source {
  return 'text' in read
}
