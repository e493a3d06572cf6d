/** A rule of Prometheus as data, the levels that the plan knows, and how a smaller alert gives way to a larger one (docs/adr/alerting.md). */

export interface RecordingRule {
  readonly record: string
  readonly expr: string
}
export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: { readonly summary: string }
}

/** Labels of every alert: `level` is warning, alert or critical; `notify` is slack or page; `subject` says what it is about. */
export const levels = {
  warning: { level: 'warning', notify: 'slack' },
  alert: { level: 'alert', notify: 'slack' },
  page: { level: 'critical', notify: 'page', priority: 'P1' },
} as const

/** True from the moment it holds outside `larger`, and then for as long as it holds. */
export function replaceable(condition: string, larger: string, name: string, labels = ''): string {
  const told = `ALERTS{alertname="${name}",alertstate="firing"}`
  return `(${condition} unless on () ${larger}) or (${condition} and on (${labels}) ${told})`
}
