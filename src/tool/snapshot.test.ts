import { expect, test } from 'vitest'
import { parseStat } from './proc.ts'
import { parseMounts, parseRules, parseSockets } from './snapshot.ts'

test('rules keep their table and lose their counters', () => {
  const saved =
    '# made by\n*nat\n:PREROUTING ACCEPT [12:720]\n-A INPUT -s 10.0.0.1 -j DROP\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [1:2]\n:OURS - [0:0]\nCOMMIT\n'
  expect(parseRules('iptables', saved)).toEqual([
    'iptables nat -A INPUT -s 10.0.0.1 -j DROP',
    'iptables filter :FORWARD DROP',
    'iptables filter :OURS -',
  ])
})

test('mounts keep where, what and how, and lose their ids', () => {
  const line = '2310 2293 0:131 / /var/log rw,nosuid shared:5 master:2 - tmpfs tmpfs rw,size=8192k'
  expect(parseMounts(`${line}\n`)).toEqual(['mount /var/log tmpfs tmpfs / rw,nosuid'])
})

test('listeners are kept once each; connections and questions of the moment are not', () => {
  const head = '  sl  local_address rem_address   st tx_queue\n'
  const tcp = `${head}   0: 00000000:1C20 00000000:0000 0A 0\n   1: 00000000:1C20 00000000:0000 0A 0\n   2: 0100007F:A001 0100007F:1C20 01 0\n`
  expect(parseSockets('tcp', tcp)).toEqual(['listen tcp 00000000:7200'])
  const udp = `${head}   0: 0B00007F:0035 00000000:0000 07 0\n   1: 00000000:C001 00000000:0000 07 0\n`
  expect(parseSockets('udp', udp)).toEqual(['listen udp 0B00007F:53'])
})

test('a command name may hold brackets and blanks', () => {
  const fields = Array.from({ length: 30 }, (_, index) => String(index))
  const stat = `42 (odd) name) T 1 ${fields.slice(5).join(' ')}`
  expect(parseStat(stat)).toEqual({ pid: 42, comm: 'odd) name', state: 'T', group: 5, start: 22 })
  expect(parseStat('')).toBeUndefined()
})
