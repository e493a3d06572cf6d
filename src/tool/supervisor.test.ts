import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decodeResponse, encodeCall, SupervisorFault, startCall, supervisor } from './supervisor.ts'

const answer = (value: string) =>
  `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value>${value}</value>\n</param>\n</params>\n</methodResponse>\n`
const info = `<struct>
<member>\n<name>name</name>\n<value><string>A</string></value>\n</member>
<member>\n<name>pid</name>\n<value><int>42</int></value>\n</member>
<member>\n<name>spawnerr</name>\n<value><string></string></value>\n</member>
</struct>`
const fault = `<struct><member><name>faultCode</name><value><int>10</int></value></member><member><name>faultString</name><value><string>BAD_NAME: A</string></value></member></struct>`

/** supervisord, as far as its answers go. */
async function withSocket(reply: string, use: (path: string, bodies: string[]) => Promise<void>, status = 200): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'supervisor-'))
  const path = join(folder, 's.sock')
  const bodies: string[] = []
  const server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (chunk) => {
      body += chunk
    })
    incoming.on('end', () => {
      bodies.push(body)
      if (reply !== '') outgoing.writeHead(status).end(reply)
    })
  })
  await new Promise<void>((ready) => server.listen(path, ready))
  try {
    await use(path, bodies)
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  }
}

test('a list of one is a list, numbers are numbers, and an empty text is an empty text', () => {
  const list = answer(`<array><data>\n<value>${info}</value>\n</data></array>`)
  expect(decodeResponse(list)).toEqual([{ name: 'A', pid: 42, spawnerr: '' }])
  expect(decodeResponse(answer('<array><data>\n</data></array>'))).toEqual([])
  expect(decodeResponse(answer('<boolean>1</boolean>'))).toBe(true)
  expect(decodeResponse(answer('<boolean>0</boolean>'))).toBe(false)
  expect(decodeResponse(answer('untyped'))).toBe('untyped')
  expect(decodeResponse(answer('<string>a &lt; b &amp; c</string>'))).toBe('a < b & c')
})

test('a fault is thrown with its code and words; what is no answer is an error', () => {
  const faulty = `<methodResponse><fault><value>${fault}</value></fault></methodResponse>`
  expect(() => decodeResponse(faulty)).toThrow(new SupervisorFault(10, 'BAD_NAME: A'))
  expect(() => decodeResponse('<html>no</html>')).toThrow('not an XML-RPC answer')
  expect(() => decodeResponse(answer('<unheard>1</unheard>'))).toThrow('unknown type: unheard')
})

test('names are sent as they are, whatever is in them', () => {
  expect(encodeCall('supervisor.startProcess', ['a<b&c', false])).toBe(
    '<?xml version="1.0"?><methodCall><methodName>supervisor.startProcess</methodName><params>' +
      '<param><value><string>a&lt;b&amp;c</string></value></param><param><value><boolean>0</boolean></value></param></params></methodCall>',
  )
})

test('many calls are one request, and a refused one does not hide the others', async () => {
  const reply = answer(`<array><data><value><boolean>1</boolean></value><value>${fault}</value></data></array>`)
  await withSocket(reply, async (path, bodies) => {
    const answers = await supervisor(path).multicall([startCall('A'), startCall('B')])
    expect(answers).toEqual([true, new SupervisorFault(10, 'BAD_NAME: A')])
    expect(bodies).toHaveLength(1)
    expect(bodies[0]).toContain('<methodName>system.multicall</methodName>')
    expect(await supervisor(path).multicall([])).toEqual([])
    expect(bodies).toHaveLength(1)
  })
})

test('another status, silence and nobody are errors that name the socket', async () => {
  await withSocket('no', async (path) => expect(supervisor(path).startProcess('A')).rejects.toThrow(`${path} answered 401`), 401)
  await withSocket('', async (path) => expect(supervisor(path, 50).stopProcess('A')).rejects.toThrow('did not answer within 50 ms'))
  await expect(supervisor('/nowhere.sock').getAllProcessInfo()).rejects.toThrow('/nowhere.sock')
})
