export { bundleForPage } from '../../scripts/browser/bundle-page.ts'
