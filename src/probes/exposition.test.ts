import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readExposition } from './exposition.ts'

const good = `# HELP http_requests_total The total number of HTTP requests, with a \\\\ and a \\n in it.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400",}    3 1395066363000
# An ordinary comment, and an empty line follows

msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.5"} NaN
rpc_duration_seconds_sum -Inf
rpc_duration_seconds_count 2693
`

test("the format's own example is valid, and its escapes are undone", () => {
  const { problem, samples } = readExposition(good)
  expect(problem).toBeNull()
  expect(samples).toHaveLength(12)
  expect(samples[0]).toEqual({ name: 'http_requests_total', labels: { method: 'post', code: '200' }, value: 1027 })
  expect(samples[2]?.labels).toEqual({ path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT"' })
  expect(samples.map(({ value }) => value)).toEqual(expect.arrayContaining([Infinity, -Infinity, Number.NaN]))
})

test.each([
  ['a 1', 'the last line does not end'],
  ['', 'there is no sample'],
  ['# HELP a b\n', 'there is no sample'],
  ['<html>\n', 'line 1: no metric name'],
  ['{"status":"ok"}\n', 'line 1: no metric name'],
  ['a 1\n1a 2\n', 'line 2: no metric name'],
  ['a\n', 'no value'],
  ['a-b 1\n', 'no value'],
  ['a{b="c"\n', 'no comma'],
  ['a{b="c" d="e"} 1\n', 'no comma'],
  ['a{b=c} 1\n', 'no label'],
  ['a{1b="c"} 1\n', 'no label'],
  ['a{b="c} 1\n', 'no label'],
  ['a{b="\\t"} 1\n', 'unknown escape'],
  ['a{b="c",b="d"} 1\n', 'label b twice'],
  ['a{__name__="b"} 1\n', 'reserved'],
  ['a one\n', 'is no value'],
  ['a 0x10\n', 'is no value'],
  ['a 1 2.5\n', 'is no timestamp'],
  ['a 1 2 3\n', 'no value'],
  ['a 1\na 2\n', 'twice'],
  ['a{b="1",c="2"} 1\na{c="2",b="1"} 1\n', 'twice'],
  ['# TYPE a number\na 1\n', 'is no type'],
  ['# TYPE a counter\n# TYPE a counter\na 1\n', 'a second TYPE'],
  ['# HELP a x\n# HELP a y\na 1\n', 'a second HELP'],
  ['a 1\n# TYPE a counter\n', 'after its samples'],
  ['# TYPE a histogram\na_bucket 1\n', 'no label le'],
  ['# TYPE a histogram\na_bucket{le="x"} 1\n', 'is no value'],
  ['# TYPE a histogram\na 1\n', 'sample of its own'],
  ['# TYPE a summary\na{le="1"} 1\n', 'no label quantile'],
  ['a_sum 1\n# TYPE a histogram\na_sum{x="y"} 2\na 1\n', 'sample of its own'],
])('invalid: %j', (text, because) => {
  const { problem, samples } = readExposition(text)
  expect(problem).toContain(because)
  expect(samples).toEqual([])
})

test('same name, other labels: two series', () => {
  expect(readExposition('a{b="1"} 1\na{b="2"} 1\na 1\n').samples).toHaveLength(3)
})

test('what is written by the rules is read back', () => {
  const anyLabels = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/), fc.string(), { maxKeys: 4, noNullPrototype: true })
  const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  fc.assert(
    fc.property(anyLabels, fc.double({ noNaN: true, noDefaultInfinity: true }), (labels, value) => {
      const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escaped(text)}"`)
      const { problem, samples } = readExposition(`m{${pairs.join(',')}} ${value}\n`)
      expect(problem).toBeNull()
      expect({ ...samples[0]?.labels }).toEqual(labels)
      expect(samples[0]?.value).toBe(value + 0) // the text has no -0
    }),
  )
})

test('any text is read or refused, never thrown over', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `${text}\n`),
      ),
      (text) => void readExposition(text),
    ),
  )
})
