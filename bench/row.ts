/** One figure that the bench measures: what it is, what it is compared with in the same run, and what it is to keep. */

export interface Row {
  /** For `--only`. */
  readonly id: string
  readonly what: string
  /** In a sentence or two, for a reader who doubts the figure. */
  readonly how: string
  readonly unit: Unit
  /** What `other` of the measurement is. */
  readonly against?: string
  readonly target?: Target
  measure(): Promise<Measured | NotMeasured>
}

/** In the row's unit; `other` is measured beside it, by turns or at the same time, so that whatever else the machine does weighs on both. */
export interface Measured {
  readonly value: number
  readonly other?: number
  readonly detail?: string
}

/** What it takes is not there, which is no error: a run of the tests to read, a client to compare with. */
export interface NotMeasured {
  readonly notMeasured: string
}

export interface Target {
  /** The value in the row's unit, or its ratio to what it is compared with. */
  readonly of: 'value' | 'ratio'
  readonly atLeast?: number
  readonly atMost?: number
}

/** Rows that stand on one measurement or one fleet, which is released once the last of them was measured. */
export interface Group {
  readonly rows: readonly Row[]
  release?(): Promise<void>
}

export const atMost = (limit: number, of: Target['of'] = 'value'): Target => ({ of, atMost: limit })
export const atLeast = (limit: number, of: Target['of'] = 'value'): Target => ({ of, atLeast: limit })

const units = {
  ms: (value: number) => `${digits(value)} ms`,
  s: (value: number) => `${value.toFixed(1)} s`,
  min: (value: number) => `${value.toFixed(1)} min`,
  MB: (value: number) => `${value.toFixed(0)} MB`,
  core: (value: number) => `${digits(100 * value)} % of a core`,
  number: (value: number) => String(Math.round(value)),
  million: (value: number) => `${(value / 1e6).toFixed(2)} million`,
} as const
export type Unit = keyof typeof units

function digits(value: number): string {
  return value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(2)
}

/** The cells of a row that was measured. */
export interface Cells {
  readonly measured: string
  readonly comparedWith: string
  readonly ratio: string
  readonly target: string
  readonly met: 'yes' | 'no' | '–'
}

export function cellsOf(row: Row, { value, other, detail }: Measured): Cells {
  const { unit, against, target } = row
  const compared = other ?? (target?.of === 'value' ? (target.atMost ?? target.atLeast) : undefined)
  const ratio = compared === undefined || compared === 0 ? undefined : value / compared
  return {
    measured: [units[unit](value), ...(detail === undefined ? [] : [detail])].join(', '),
    comparedWith: other === undefined ? '–' : `${units[unit](other)}: ${against}`,
    ratio: ratio === undefined ? '–' : inTimes(ratio),
    target: targetOf(row),
    met: target === undefined ? '–' : isMet(target, target.of === 'value' ? value : ratio) ? 'yes' : 'no',
  }
}

export function targetOf({ target, unit }: Row): string {
  if (target === undefined) return '–'
  const inWords = target.of === 'ratio' ? inTimes : units[unit]
  const { atLeast, atMost } = target
  return [...(atLeast === undefined ? [] : [`≥ ${inWords(atLeast)}`]), ...(atMost === undefined ? [] : [`≤ ${inWords(atMost)}`])].join(', ')
}

function isMet({ atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Target, value = Number.NaN): boolean {
  return value >= atLeast && value <= atMost
}

function inTimes(ratio: number): string {
  return `${ratio.toFixed(2)} ×`
}
