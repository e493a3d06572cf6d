/** Ctrl-C, once and for all: the first signal aborts, and everything unwinds; a second one does not skip the undo. */

const caught = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** @returns a signal that aborts at the first of them */
export function catchSignals(): AbortSignal {
  const controller = new AbortController()
  for (const name of caught) {
    process.on(name, () => {
      const again = controller.signal.aborted
      process.stderr.write(
        again ? 'gauntlet: still undoing; `./gauntlet sweep` finishes it if this is killed\n' : `gauntlet: ${name}, undoing\n`,
      )
      controller.abort(new Error(`interrupted by ${name}`))
    })
  }
  return controller.signal
}
