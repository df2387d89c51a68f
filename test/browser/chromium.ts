export { startChromium, startChromiumWithProfile } from '../../scripts/browser/chromium.ts'
