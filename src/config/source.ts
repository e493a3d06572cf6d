/** Reads a file that a person named, and says in words of the task what is wrong when it cannot be read. */
import { readFileSync, statSync } from 'node:fs'
import type { Problem } from '../base/errors.ts'

/** A text and the name that messages give it. */
export interface Source {
  readonly file: string
  readonly text: string
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: a part of its path is not a directory',
  EACCES: 'not readable: permission denied',
}
const expected = 'a readable YAML file, in UTF-8'
/** Startup configs and scenarios are some hundred kilobytes at most; a larger file is another file named by mistake. */
const limitBytes = 10 * 1024 * 1024

/** @returns the text, or the one problem with the file */
export function readSource(file: string): Source | Problem {
  try {
    const about = statSync(file)
    if (about.isDirectory()) return { file, message: 'this is a directory, not a file', expected }
    if (!about.isFile()) return { file, message: 'not a regular file', expected }
    if (about.size > limitBytes) return { file, message: `a file of ${about.size} bytes`, expected: `at most ${limitBytes} bytes` }
    const bytes = readFileSync(file)
    // No text has zeros, and each letter of UTF-16 has one.
    if (bytes.subarray(0, 4).includes(0)) return { file, message: 'not UTF-8 text, but UTF-16 or no text at all', expected }
    return { file, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    const message = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'not UTF-8 text' : (reasons[code] ?? `not readable: ${code}`)
    return { file, message, expected }
  }
}

export function isSource(read: Source | Problem): read is Source {
  return 'text' in read
}
