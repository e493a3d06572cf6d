/** The set-up by itself, for whoever works on it: `node src/setup/main.ts engine|images|load|doctor`. */
import { realClock } from '../base/clock.ts'
import { showProgress } from './progress.ts'

const wanted = process.argv[2] ?? 'images'
if (wanted === 'doctor') {
  const { doctor, renderDoctor } = await import('./doctor.ts')
  const report = await doctor()
  process.stdout.write(renderDoctor(report))
  process.exitCode = report.ready ? 0 : 69
} else if (wanted === 'engine' || wanted === 'images' || wanted === 'load') {
  const { prepare } = await import('./prepare.ts')
  const progress = showProgress(realClock, (line) => process.stderr.write(line))
  process.stdout.write(`${JSON.stringify(await prepare(wanted, progress), undefined, 2)}\n`)
} else {
  process.stderr.write(`no such need: ${wanted}; there are engine, images, load, doctor\n`)
  process.exitCode = 64
}
