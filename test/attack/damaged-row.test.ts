/** One flipped byte on one operator's disk must not part the galleries: everybody else goes on paying. */

import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { GALLERY_ROW_BYTES } from '@palmhold/matching'
import { expect } from 'chai'
import { openGallery } from '../../node/src/operator/gallery.ts'
import { createGalleryPools } from '../../node/src/operator/gallery-pools.ts'
import { openOperatorDatabase } from '../../node/src/operator/operator-database.ts'
import { openSegments } from '../../node/src/storage/segment-store.ts'
import { startCommittee } from '../node/in-memory-committee.ts'
import { addressOf } from '../protocol/signed.ts'

describe('a row that the disk of one operator damaged', () => {
  it('takes part nowhere, and the galleries stay one', async () => {
    const world = await startCommittee('damaged row')
    await world.enrol('alice', addressOf('alice'))
    await world.enrol('bob', addressOf('bob'))
    const [one, two] = world.operators
    const whole = two!.gallery.snapshot().root

    one!.closeGallery()
    const file = openSync(join(one!.folder, 'segments', 'segment-00000.rows'), 'r+')
    writeSync(file, Uint8Array.of(1, 2, 3), 0, 3, 10)
    closeSync(file)
    const pool = createGalleryPools({ threads: 1, capacityRows: 64 })
    const gallery = await openGallery(
      openOperatorDatabase(join(one!.folder, 'operator.sqlite')),
      openSegments(join(one!.folder, 'segments'), GALLERY_ROW_BYTES),
      pool,
    )
    try {
      expect(gallery.damaged().map(({ index }) => index)).to.deep.equal([0])
      expect(gallery.snapshot().root, 'parted').to.not.equal(whole)
      two!.gallery.leaveOut(addressOf('one'), gallery.damaged())
      expect(two!.gallery.snapshot().root, 'one again').to.equal(gallery.snapshot().root)
      expect(two!.gallery.activeEnrolments()).to.equal(1)

      two!.gallery.leaveOut(addressOf('one'), [])
      expect(two!.gallery.snapshot().root, 'renewed or mended').to.equal(whole)
    } finally {
      gallery.close()
      await pool.close()
      await world.close()
    }
  })
})
