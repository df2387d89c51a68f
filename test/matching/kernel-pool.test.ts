import { KernelRangeError, ROW_SHARE_BYTES, ShareLengthError } from '@palmhold/matching'
import { CODE_BITS } from '@palmhold/palm'
import { expect } from 'chai'
import {
  createKernelPool,
  KernelMemoryError,
  type KernelPool,
  KernelPoolError,
} from '../../node/src/workers/kernel-pool.ts'
import { seededRandom } from './in-memory.ts'

/** The same products by a plain loop. */
function plainDot(gallery: readonly Uint8Array[], probes: Uint16Array, dimension = CODE_BITS): number[] {
  const out: number[] = []
  for (let probe = 0; probe < probes.length; probe += dimension)
    for (const row of gallery) {
      const words = new Uint16Array(row.buffer, row.byteOffset, dimension)
      let sum = 0
      for (let j = 0; j < dimension; j++) sum = (sum + Math.imul(words[j]!, probes[probe + j]!)) & 0xffff
      out.push(sum)
    }
  return out
}

describe('kernel pool', () => {
  const random = seededRandom('pool')
  const rowsOf = (count: number) => Array.from({ length: count }, () => random(ROW_SHARE_BYTES))
  const probesOf = (count: number) => new Uint16Array(random(count * ROW_SHARE_BYTES).buffer)
  let pool: KernelPool

  afterEach(() => pool.close())

  for (const threads of [1, 2])
    it(`computes what a plain loop does, over several blocks, on ${threads} thread(s)`, async () => {
      pool = createKernelPool({ threads, capacityRows: 2500 })
      const distinct = rowsOf(5)
      const rows = Array.from({ length: 2500 }, (_, slot) => distinct[(slot * 7) % 5]!)
      rows.forEach((row, slot) => {
        pool.writeRow(slot, row)
      })
      const probes = probesOf(3)
      const expected = plainDot(distinct, probes)
      const out = await pool.dot(probes, 2500)
      expect(out.length).to.equal(7500)
      out.forEach((value, k) => {
        const [probe, slot] = [Math.floor(k / 2500), k % 2500]
        if (value !== expected[probe * 5 + ((slot * 7) % 5)]) expect.fail(`probe ${probe}, slot ${slot}`)
      })
    })

  it('keeps its rows when it grows, and uses the new ones', async () => {
    pool = createKernelPool({ threads: 2, capacityRows: 1 })
    const before = pool.capacityRows()
    const rows = rowsOf(before + 40)
    rows.forEach((row, slot) => {
      pool.writeRow(slot, row)
    })
    expect(pool.capacityRows()).to.be.greaterThan(before)
    expect(pool.row(0)).to.deep.equal(rows[0])
    const probes = probesOf(2)
    expect([...(await pool.dot(probes, rows.length))]).to.deep.equal(plainDot(rows, probes))
    const later = before + 1000
    pool.writeRow(later, rows[3]!)
    const out = await pool.dot(probes, later + 1)
    expect(out[later]).to.equal(plainDot([rows[3]!], probes)[0])
  })

  it('runs jobs asked for at once one after the other', async () => {
    pool = createKernelPool({ threads: 2, capacityRows: 10 })
    const rows = rowsOf(10)
    rows.forEach((row, slot) => {
      pool.writeRow(slot, row)
    })
    const jobs = Array.from({ length: 6 }, () => probesOf(4))
    const results = await Promise.all(jobs.map((probes, k) => pool.dot(probes, 4 + k)))
    results.forEach((out, k) => {
      expect([...out]).to.deep.equal(plainDot(rows.slice(0, 4 + k), jobs[k]!))
    })
  })

  it('hands out chunks of rows and of listed rows, each once and complete', async () => {
    pool = createKernelPool({ threads: 2, capacityRows: 5000 })
    const distinct = rowsOf(7)
    for (let slot = 0; slot < 5000; slot++) pool.writeRow(slot, distinct[slot % 7]!)
    const probes = probesOf(3)
    const expected = plainDot(distinct, probes)
    const list = Uint32Array.from({ length: 2500 }, (_, k) => (k * 31) % 5000)
    for (const [rows, count, chunkRows] of [
      [5000, 5000, 2048],
      [list, 2500, 1024],
      [list.subarray(0, 9), 9, 9],
    ] as const) {
      const chunks = new Map<number, Uint16Array>()
      await pool.stream({
        probes,
        rows,
        chunkRows,
        onChunk(chunk, scores) {
          expect(chunks.has(chunk)).to.equal(false)
          chunks.set(chunk, scores.slice())
        },
      })
      expect(chunks.size).to.equal(Math.ceil(count / chunkRows))
      for (const [chunk, scores] of chunks) {
        const inChunk = Math.min(chunkRows, count - chunk * chunkRows)
        expect(scores.length).to.equal(3 * inChunk)
        scores.forEach((value, k) => {
          const at = chunk * chunkRows + (k % inChunk)
          const slot = typeof rows === 'number' ? at : rows[at]!
          if (value !== expected[Math.floor(k / inChunk) * 7 + (slot % 7)]) expect.fail(`chunk ${chunk}, ${k}`)
        })
      }
    }
  })

  it('computes rows that lie beyond 2 GiB', async () => {
    // Reserved, but only the pages of a few rows are touched.
    pool = createKernelPool({ threads: 1, capacityRows: 1_000_000 })
    const rows = rowsOf(3)
    const slots = [0, 700_000, 999_999]
    slots.forEach((slot, k) => {
      pool.writeRow(slot, rows[k]!)
    })
    const probes = probesOf(6)
    const results: number[] = []
    await pool.stream({
      ...{ probes, rows: Uint32Array.from(slots), chunkRows: 1024 },
      onChunk: (_, scores) => results.push(...scores),
    })
    expect(results).to.deep.equal(plainDot(rows, probes))
  })

  it('takes rows of another dimension', async () => {
    pool = createKernelPool({ threads: 1, capacityRows: 10, dimension: 1024 })
    const rows = Array.from({ length: 10 }, () => random(2048))
    rows.forEach((row, slot) => {
      pool.writeRow(slot, row)
    })
    expect(() => pool.writeRow(0, new Uint8Array(ROW_SHARE_BYTES))).to.throw(ShareLengthError)
    const probes = new Uint16Array(random(2 * 2048).buffer)
    expect([...(await pool.dot(probes, 10))]).to.deep.equal(plainDot(rows, probes, 1024))
  })

  it('refuses chunks that cut its blocks and rows that there is no room for', async () => {
    pool = createKernelPool({ threads: 1, capacityRows: 1 })
    const stream = (rows: number | Uint32Array, chunkRows: number) =>
      pool.stream({ probes: probesOf(1), rows, chunkRows, onChunk: () => undefined }).catch((error) => error)
    expect(await stream(3000, 1000)).to.be.instanceOf(ShareLengthError)
    expect(await stream(0, 0)).to.be.instanceOf(ShareLengthError)
    expect(await stream(Uint32Array.of(0, pool.capacityRows()), 1024)).to.be.instanceOf(KernelRangeError)
  })

  it('fails the query whose taker throws, and no other', async () => {
    pool = createKernelPool({ threads: 1, capacityRows: 2048 })
    const failing = pool.stream({
      ...{ probes: probesOf(1), rows: 2048, chunkRows: 1024 },
      onChunk: () => {
        throw new KernelRangeError()
      },
    })
    const other = pool.dot(probesOf(2), 2048)
    expect(await failing.catch((error) => error)).to.be.instanceOf(KernelRangeError)
    expect((await other).length).to.equal(4096)
  })

  it('answers a query over no rows with no scores', async () => {
    pool = createKernelPool({ threads: 1, capacityRows: 1 })
    expect((await pool.dot(probesOf(25), 0)).length).to.equal(0)
  })

  it('refuses shares and probes of another length, and goes on', async () => {
    pool = createKernelPool({ threads: 1, capacityRows: 1 })
    expect(() => pool.writeRow(0, new Uint8Array(ROW_SHARE_BYTES - 1))).to.throw(ShareLengthError)
    const refusals = [new Uint16Array(CODE_BITS + 1), new Uint16Array(129 * CODE_BITS)].map((probes) =>
      pool.dot(probes, 1).then(
        () => 'accepted',
        (error) => error.code,
      ),
    )
    expect(await Promise.all(refusals)).to.deep.equal(['PALM_SHARE_LENGTH', 'PALM_SHARE_LENGTH'])
    expect((await pool.dot(probesOf(1), 1)).length).to.equal(1)
  })

  it('refuses more rows than 4 GiB hold', () => {
    pool = createKernelPool({ threads: 1, capacityRows: 1 })
    expect(() => pool.reserve(1_400_000)).to.throw(KernelMemoryError)
    expect(() => createKernelPool({ threads: 1, capacityRows: 1_400_000 })).to.throw(KernelMemoryError)
  })

  it('fails jobs by name once it is closed, those under way too', async () => {
    pool = createKernelPool({ threads: 1, capacityRows: 20_000 })
    const underWay = pool.dot(probesOf(25), 20_000).catch((error) => error)
    await pool.close()
    expect(await underWay).to.be.instanceOf(KernelPoolError)
    expect(await pool.dot(probesOf(1), 1).catch((error) => error)).to.be.instanceOf(KernelPoolError)
  })
})
