import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goesInto } from '../src/listed.ts'

test('outputs of one publishing stand together, and those that never were apart', () => {
  const output = (name: string, published: string | null) => ({ name, format: 'rpz', path: `/srv/${name}`, published })
  assert.deepEqual(goesInto([output('dns', 'T1'), output('nft', 'T1'), output('edges', null), output('old', 'T0')]), [
    'dns, nft (published last at T1)', 'edges (never published yet)', 'old (published last at T0)',
  ])
  assert.deepEqual(goesInto([]), [])
})
