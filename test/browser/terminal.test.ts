/** The terminal page in a real browser, at a real network: enrol, pay, refusals, both languages, a camera that hangs. */

import { addressOfKey } from '@palmhold/protocol'
import { fetchClaim, forgetClaim, readClaimCode } from '@palmhold/wallet/vault'
import { expect } from 'chai'
import { fetchTerminalLink } from '../../node/src/terminal/terminal-link.ts'
import { fetchReceipts, openPayment } from '../../node/src/verifier/terminal-client.ts'
import { balanceOf } from '../e2e/local-network.ts'
import { refused } from '../e2e/refused.ts'
import { describeTerminalPage } from './terminal-page.ts'
import { askFor, expectAccessible, headingOf, PHONE } from './terminal-world.ts'

describeTerminalPage('the terminal page', (shop) => {
  it('takes an amount, looks at a palm, and is paid', async () => {
    const ada = shop.world.local.customers.get('Ada')!
    const before = await balanceOf(shop.world.local, ada.address)
    await expectAccessible(shop.page)
    await shop.world.stand('Ada')
    await askFor(shop.page, '1250')
    expect(await headingOf(shop.page, '.asking')).to.match(/^Café Palme asks for\s+€12\.50$/)
    expect(await shop.page.textContent('.proven')).to.include('no picture of your palm')
    await expectAccessible(shop.page)
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    await expectAccessible(shop.page)
    const [receipt] = await fetchReceipts(shop.world.local.place, 1)
    expect(receipt).to.deep.include({ amountMinor: 1250, lane: 'palm', payer: ada.address })
    expect(await balanceOf(shop.world.local, ada.address)).to.equal(before - 1250)
    await shop.goIdle('Done')
  })

  it('refuses a stranger, takes nothing, and offers three ways that are alike', async () => {
    const count = await shop.receiptCount()
    await shop.world.stand('A stranger')
    await askFor(shop.page, '500')
    expect(await headingOf(shop.page, '.refused')).to.equal('Palm not recognised')
    expect(await shop.page.textContent('.refused')).to.include('Nothing was charged.')
    const ways = shop.page.locator('.ways button')
    expect(await ways.allTextContents()).to.deep.equal(['Try again', 'With the phone', 'Another means'])
    const sizes = new Set(
      (await Promise.all([0, 1, 2].map((i) => ways.nth(i).boundingBox()))).map(
        (box) => `${Math.round(box!.width)} ${Math.round(box!.height)}`,
      ),
    )
    expect(sizes.size).to.equal(1)
    await expectAccessible(shop.page)
    const refusedHash = (await shop.paymentOnShow()).requestHash
    await shop.world.stand('Ada')
    await shop.press('Try again')
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    const paid = await shop.paymentOnShow()
    expect(paid.state).to.equal('settled')
    expect(paid.requestHash).not.to.equal(refusedHash)
    expect(await shop.receiptCount()).to.equal(count + 1)
    await shop.goIdle('Done')
  })

  it('shows what the till asks for, in German on a phone, by keyboard alone, and calls it off', async () => {
    await shop.page.setViewportSize(PHONE)
    await shop.page.focus('.tools button:last-child')
    await shop.page.keyboard.press('Enter')
    expect(await shop.page.getAttribute('html', 'lang')).to.equal('de')
    await shop.world.stand('Ada')
    await openPayment(shop.world.local.place, 320, 'till-1-42')
    expect(await headingOf(shop.page, '.asking')).to.match(/^Café Palme verlangt\s+3,20\s€$/)
    // A screen reader goes on from the heading, which has the focus; the keyboard from there to the first button.
    expect(await shop.page.evaluate(() => document.activeElement?.tagName)).to.equal('H1')
    await expectAccessible(shop.page)
    const overflow = await shop.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(overflow).to.be.at.most(0)
    const small = await shop.page.evaluate(() =>
      [...document.querySelectorAll('button')]
        .map((button) => button.getBoundingClientRect())
        .filter(({ width, height }) => width > 0 && (width < 48 || height < 48)),
    )
    expect(small).to.deep.equal([])
    await shop.page.keyboard.press('Tab')
    expect(await shop.page.evaluate(() => document.activeElement?.textContent)).to.equal('Abbrechen')
    const { requestHash } = await shop.paymentOnShow()
    await shop.page.keyboard.press('Enter')
    expect(await headingOf(shop.page, '.refused')).to.equal('Abgebrochen')
    expect(await shop.paymentOnShow()).to.deep.include({ requestHash, state: 'refused', refusal: 'PALM_CANCELLED' })
    await shop.goIdle('Anders zahlen')
    await shop.page.click('.tools button:last-child')
  })

  it('enrols both palms after consent, hands the wallet over once, and is paid by it', async () => {
    await shop.world.stand('Sofja', 'left', { day: 1 })
    const showRight = await shop.world.prepare('Sofja', 'right', { day: 1 })
    await shop.press('Enrol a palm here')
    expect(await headingOf(shop.page, '.consenting')).to.equal('Enrol your palms')
    await expectAccessible(shop.page)
    await shop.press('I agree, begin')
    await shop.page.waitForSelector('h1:has-text("Your left palm")')
    // Its first picture gives the canvas this size.
    await shop.page.waitForFunction(() => document.querySelector('canvas')?.width === 640)
    // In place before the page opens the camera again, which takes a second.
    showRight()
    await shop.page.waitForSelector('h1:has-text("Your right palm")')
    expect(await headingOf(shop.page, '.claim')).to.equal('Take your wallet along')
    await expectAccessible(shop.page)
    const claim = { url: shop.world.local.place.url, code: readClaimCode((await shop.page.textContent('.claim'))!) }
    expect((await fetchClaim(claim)).enrolment).to.equal(null)
    await shop.press('I have it, enrol me')
    expect(await headingOf(shop.page, '.enrolled')).to.equal('You are enrolled')
    const vault = await fetchClaim(claim)
    expect(vault.templates).to.have.keys(['left', 'right'])
    const { live, owner } = await shop.world.local.network.governance.enrolment(vault.enrolment!.index)
    expect({ live, owner }).to.deep.equal({ live: true, owner: addressOfKey(vault.key) })
    await forgetClaim(claim)
    await refused(fetchClaim(claim), 'PALM_CLAIM_MISSING')
    await shop.goIdle('Done')
    await shop.world.stand('Sofja', 'right')
    await askFor(shop.page, '777')
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    const [receipt] = await fetchReceipts(shop.world.local.place, 1)
    expect(receipt).to.deep.include({ amountMinor: 777, payer: addressOfKey(vault.key) })
    await shop.goIdle('Done')
  })

  it('lights the palm above the merchant’s sum, and asks for another factor where it does not look alive', async () => {
    const count = await shop.receiptCount()
    await shop.world.stand('Ada')
    await askFor(shop.page, '2600')
    await shop.page.waitForSelector(':root[data-light="dark"] .asking')
    await expectAccessible(shop.page)
    expect(await headingOf(shop.page, '.refused')).to.equal('Please show it in another way too')
    expect(await shop.page.textContent('.refused')).to.include('PALM_SCAN_SUSPICIOUS')
    expect(await shop.page.getAttribute('html', 'data-light')).to.equal('bright')
    expect(await shop.receiptCount()).to.equal(count)
    await shop.goIdle('Another means')
  })

  it('shows the last payments to staff alone', async () => {
    await shop.page.click('.strip button')
    await shop.page.fill('.panel input', '000000')
    await shop.press('Unlock')
    await shop.page.waitForSelector('text=This is not the PIN.')
    await expectAccessible(shop.page)
    await shop.page.fill('.panel input', (await fetchTerminalLink(shop.world.local.place)).staffPin)
    await shop.page.keyboard.press('Enter')
    await shop.page.waitForSelector('.receipts li')
    expect(await shop.page.locator('.receipts li').count()).to.equal(await shop.receiptCount())
    await expectAccessible(shop.page)
    await shop.page.keyboard.press('Escape')
    await shop.page.waitForSelector('.panel', { state: 'hidden' })
  })

  it('names a camera whose picture stands still, and goes on with one that moves', async () => {
    await shop.world.stand('Ada', 'left', { frozen: true })
    await askFor(shop.page, '100')
    await shop.page.waitForSelector('.fault')
    expect(await shop.page.textContent('.fault h2')).to.equal('The camera’s picture does not move')
    await expectAccessible(shop.page)
    await shop.world.stand('Ada')
    await shop.press('Try the camera again')
    expect(await headingOf(shop.page, '.paid')).to.equal('Paid')
    await shop.goIdle('Done')
  })
})
