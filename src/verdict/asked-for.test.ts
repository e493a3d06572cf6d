import { expect, test } from 'vitest'
import { askedFor } from './asked-for.ts'

test.each([
  ['./gauntlet gate --seed 7', 'gate'],
  ['./gauntlet gate --seed=7 --json', 'gate'],
  ['./gauntlet drill --json agent-kill --seed 7', 'drill agent-kill'],
  ["./gauntlet drill /home/me/x.yaml --config '/a b/mainpc.yaml' --config=c.yaml", 'drill x'],
  ["./gauntlet drill 'it'\\''s.yml' --profile day1 --defect D3,C2 --time-scale 2 --vault image --for 3s", "drill it's"],
  ['./gauntlet drill agent-kill --target=B,A --abort-if uptime=95%', 'drill agent-kill --abort-if uptime=95% --target A,B'],
  ['./gauntlet drill --abort-if uptime=95% --target A agent-kill --target B', 'drill agent-kill --abort-if uptime=95% --target A,B'],
  ['npm run made-outages -- --seed 4', 'run made-outages --'],
  ['', ''],
])('%s asks for: %s', (reproduce, asked) => {
  expect(askedFor(reproduce)).toBe(asked)
})
