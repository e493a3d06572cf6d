/** Lines of a terminal: sections, words within its width, and colour where a person looks on. */
import { plain } from './words.ts'

const width = 110
const colours = { GO: 32, pass: 32, 'NO-GO': 31, fail: 31, INCONCLUSIVE: 33, unknown: 33, 'not judged': 90 } as const
export type Coloured = keyof typeof colours
export type Paint = (word: Coloured, text?: string) => string

export function painter(colour: boolean): Paint {
  return (word, text = word) => (colour ? `\u001b[${colours[word]}m${text}\u001b[0m` : text)
}

/** Without lines there is no section. */
export function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}

/** Words within the width; a name is never cut. */
export function wrap(words: string, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of plain(words).split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each) => `${' '.repeat(indent)}${each}`)
}
