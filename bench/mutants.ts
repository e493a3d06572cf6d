/** Small mistakes that somebody could make in a line of code, one at a time: whatever test there is should notice each. */

export interface Mutant {
  readonly line: number
  readonly was: string
  readonly is: string
  /** Of the whole file, changed. */
  readonly text: string
}

/** What is looked for → what takes its place. Spaces tell an operator from a bracket of types. */
const operators: readonly (readonly [RegExp, string])[] = [
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/ \* /g, ' / '],
  [/ \/ /g, ' * '],
  [/ \+= /g, ' -= '],
  [/Math\.max\(/g, 'Math.min('],
  [/Math\.min\(/g, 'Math.max('],
  [/Math\.ceil\(/g, 'Math.floor('],
  [/Math\.floor\(/g, 'Math.ceil('],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
  [/\.find\(/g, '.findLast('],
  [/\.findLast\(/g, '.find('],
  [/\.at\(-1\)/g, '.at(0)'],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/(?<=[ (.])!(?=[a-z(])/g, ''],
  [/(?<![\w.$#])\d+(?:_\d{3})*(?:\.\d+)?(?![\w.])/g, '$NEXT'],
  [/\bcontinue\b/g, 'break'],
  [/\breturn undefined$/gm, 'return 0 as never'],
]

export function mutantsOf(text: string): readonly Mutant[] {
  const code = codeOf(text)
  return operators
    .flatMap(([pattern, replacement]) => [...code.matchAll(pattern)].map((match) => ({ at: match.index, was: match[0], replacement })))
    .filter(({ at }) => !isType(lineAt(code, at)))
    .sort((a, b) => a.at - b.at)
    .map(({ at, was, replacement }) => {
      const is = replacement === '$NEXT' ? String(Number(was.replaceAll('_', '')) + 1) : replacement
      return { line: code.slice(0, at).split('\n').length, was, is, text: text.slice(0, at) + is + text.slice(at + was.length) }
    })
}

/** The same length, with comments, texts and patterns blanked out: a word that people read is no behaviour. */
function codeOf(text: string): string {
  const blank = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|(?<=[(,:=] ?)\/(?:\\.|[^/\\\n])+\/[gimu]*/g
  return text.replaceAll(blank, (found) => found.replaceAll(/[^\n]/g, '_'))
}

function lineAt(code: string, at: number): string {
  const from = code.lastIndexOf('\n', at) + 1
  const to = code.indexOf('\n', at)
  return code.slice(from, to === -1 ? undefined : to)
}

function isType(line: string): boolean {
  return /^\s*(import|export type|export interface|interface|type|readonly|\|)\b/.test(line)
}
