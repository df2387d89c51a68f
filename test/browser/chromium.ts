export { startChromium } from '../../scripts/browser/chromium.ts'
