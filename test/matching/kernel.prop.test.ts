import { readFile } from 'node:fs/promises'
import { createKernel, dotProducts, KernelRangeError, ROW_SHARE_BYTES } from '@palmhold/matching'
import { CODE_BITS } from '@palmhold/palm'
import { expect } from 'chai'
import fc from 'fast-check'
import { buildKernelModule, KERNELS } from '../../packages/matching/kernel/build.ts'
import { seededRandom } from './in-memory.ts'

/** The definition: a plain loop over typed arrays. */
function plainDot(gallery: Uint16Array, probes: Uint16Array): number[] {
  const out: number[] = []
  for (let probe = 0; probe < probes.length; probe += CODE_BITS)
    for (let row = 0; row < gallery.length; row += CODE_BITS) {
      let sum = 0
      for (let j = 0; j < CODE_BITS; j++) sum = (sum + Math.imul(gallery[row + j]!, probes[probe + j]!)) & 0xffff
      out.push(sum)
    }
  return out
}

const EXTREMES = [0, 1, 0x7fff, 0x8000, 0xffff]

describe('kernel', () => {
  it('computes what a plain loop does, for every remainder of the tiles', () => {
    const counts = fc.record({
      rows: fc.integer({ min: 0, max: 11 }),
      probes: fc.integer({ min: 0, max: 11 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(counts, ({ rows, probes, seed }) => {
        const random = seededRandom(seed)
        const gallery = random(rows * ROW_SHARE_BYTES)
        const vectors = new Uint16Array(random(probes * ROW_SHARE_BYTES).buffer)
        expect([...dotProducts(gallery, vectors)]).to.deep.equal(plainDot(new Uint16Array(gallery.buffer), vectors))
      }),
      { numRuns: 120 },
    )
  })

  it('crosses its 64-row tiles with and without a remainder', () => {
    const random = seededRandom('tiles')
    const gallery = random(131 * ROW_SHARE_BYTES)
    const vectors = new Uint16Array(random(6 * ROW_SHARE_BYTES).buffer)
    const expected = plainDot(new Uint16Array(gallery.buffer), vectors)
    for (const rows of [63, 64, 65, 127, 128, 129, 130, 131]) {
      const out = [...dotProducts(gallery.subarray(0, rows * ROW_SHARE_BYTES), vectors)]
      expect(out).to.deep.equal(expected.filter((_, k) => k % 131 < rows))
    }
  })

  it('is exact modulo 2^16 where every product and sum overflows', () => {
    for (const a of EXTREMES)
      for (const b of EXTREMES) {
        const gallery = new Uint16Array(5 * CODE_BITS).fill(a)
        const probes = new Uint16Array(5 * CODE_BITS).fill(b)
        const expected = Number((BigInt(CODE_BITS) * BigInt(a) * BigInt(b)) & 0xffffn)
        expect(new Set(dotProducts(new Uint8Array(gallery.buffer), probes)), `${a} * ${b}`).to.deep.equal(
          new Set([expected]),
        )
      }
  })

  it('writes the results of a job and nothing beside them', () => {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true })
    const bytes = new Uint8Array(memory.buffer)
    bytes.set(seededRandom('beside')(16 * ROW_SHARE_BYTES))
    const outAt = 16 * ROW_SHARE_BYTES
    bytes.fill(0xee, outAt)
    const job = { galleryAt: 0, rows: 7, probesAt: 7 * ROW_SHARE_BYTES, probes: 9, outAt, outStride: 10 }
    createKernel(memory).run(job)
    const words = new Uint16Array(memory.buffer)
    const expected = plainDot(words.slice(0, 7 * CODE_BITS), words.slice(7 * CODE_BITS, 16 * CODE_BITS))
    const out = words.slice(outAt / 2)
    for (let probe = 0; probe < 9; probe++)
      for (let row = 0; row < 10; row++)
        expect(out[10 * probe + row], `${probe}, ${row}`).to.equal(row < 7 ? expected[7 * probe + row] : 0xeeee)
    expect(new Set(out.subarray(90))).to.deep.equal(new Set([0xeeee]))
  })

  it('refuses jobs that reach beyond the memory', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
    const fits = { galleryAt: 0, rows: 10, probesAt: 10 * ROW_SHARE_BYTES, probes: 5, outAt: 60_000, outStride: 10 }
    const kernel = createKernel(memory)
    expect(() => kernel.run(fits)).not.to.throw()
    for (const change of [
      { rows: 30 },
      { rows: -1 },
      { probes: 20 },
      { outAt: 65_500 },
      { outStride: 2000 },
      { galleryAt: -2 },
    ])
      expect(() => kernel.run({ ...fits, ...change }), JSON.stringify(change))
        .to.throw(KernelRangeError)
        .with.property('code', 'PALM_KERNEL_RANGE')
  })

  it('takes rows from a list, in any order and more than once, and vectors of another dimension', () => {
    const dimension = 1024
    const random = seededRandom('list')
    const rows = 70
    const words = new Uint16Array(random(2 * dimension * (rows + 6)).buffer)
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true })
    const probesAt = 2 * dimension * rows
    const listAt = probesAt + 6 * 2 * dimension
    const outAt = listAt + 4 * rows
    new Uint16Array(memory.buffer).set(words)
    const list = new Uint32Array(memory.buffer, listAt, rows)
    list.forEach((_, k) => {
      list[k] = (k * k + 3) % rows
    })
    const kernel = createKernel(memory, dimension)
    const dot = (row: number, probe: number) => {
      let sum = 0
      for (let j = 0; j < dimension; j++)
        sum = (sum + Math.imul(words[row * dimension + j]!, words[(rows + probe) * dimension + j]!)) & 0xffff
      return sum
    }
    for (const count of [1, 3, 66, 67]) {
      kernel.run({ galleryAt: 0, listAt, rows: count, probesAt, probes: 6, outAt, outStride: count })
      const out = new Uint16Array(memory.buffer, outAt, 6 * count)
      for (let k = 0; k < out.length; k++)
        expect(out[k], `${count}: ${k}`).to.equal(dot(list[k % count]!, Math.floor(k / count)))
    }
  })

  it('computes the row that ends where 32-bit addresses do', () => {
    // Reserved, but only its ends are touched.
    const memory = new WebAssembly.Memory({ initial: 65_536, maximum: 65_536, shared: true })
    const end = memory.buffer.byteLength
    const random = seededRandom('end')
    const probe = new Uint16Array(random(ROW_SHARE_BYTES).buffer)
    const row = new Uint16Array(random(ROW_SHARE_BYTES).buffer)
    new Uint16Array(memory.buffer, 0, CODE_BITS).set(probe)
    new Uint16Array(memory.buffer, end - ROW_SHARE_BYTES, CODE_BITS).set(row)
    const job = { galleryAt: end - ROW_SHARE_BYTES, rows: 1, probesAt: 0, probes: 1, outAt: 8192, outStride: 1 }
    createKernel(memory).run(job)
    expect(new Uint16Array(memory.buffer, 8192, 1)[0]).to.equal(plainDot(row, probe)[0])
  })

  it('refuses a dimension that its loop does not divide', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
    for (const dimension of [0, 8, 1000]) expect(() => createKernel(memory, dimension)).to.throw(KernelRangeError)
  })

  for (const kernel of KERNELS)
    it(`is what its committed source compiles to: ${kernel.source}`, async () => {
      expect(await readFile(kernel.module, 'utf8')).to.equal(await buildKernelModule(kernel))
    })
})
