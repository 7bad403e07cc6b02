import assert from 'node:assert/strict'
import { test } from 'node:test'
import { syslogPort } from '../src/empty.ts'

const heard = (name: string, address: string, state: 'listening' | 'failed' = 'listening') => ({ name, address, state, detail: '' })

test('the first page tells devices the port that is listened on', () => {
  assert.equal(syslogPort([heard('flows udp', 'udp://[::]:2055'), heard('syslog udp', 'udp://[::]:514')]), 514)
})

test('where nothing listens for syslog over UDP it tells the usual port', () => {
  assert.equal(syslogPort([]), 5514)
  assert.equal(syslogPort([heard('syslog tcp', 'tcp://[::]:601'), heard('syslog udp', 'udp://[::]:514', 'failed')]), 5514)
})
