/** The set-up by itself, for whoever works on the images: `node src/setup/main.ts engine|images|load`. */
import { realClock } from '../base/clock.ts'
import { type Need, prepare } from './prepare.ts'
import { showProgress } from './progress.ts'

const need = process.argv[2] ?? 'images'
if (!['engine', 'images', 'load'].includes(need)) {
  process.stderr.write(`no such need: ${need}; there are engine, images, load\n`)
  process.exit(64)
}
const progress = showProgress(realClock, (line) => process.stderr.write(line))
process.stdout.write(`${JSON.stringify(await prepare(need as Need, progress), undefined, 2)}\n`)
