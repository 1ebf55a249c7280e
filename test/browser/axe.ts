import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What axe finds on the page that is open against WCAG 2.2 AA: each rule with the elements that break it. */
export const flaws = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE)

  return (await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(RULES)} }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(', ')))`)) as string[]
}

/** What the first load of a page takes: bytes of its own files as they are sent, and milliseconds until `shown` resolves. */
export const firstLoad = async (page: Page, url: string, shown: () => Promise<unknown>) => {
  const { pathname } = new URL(url)
  const sizes: Promise<number>[] = []
  page.on('requestfinished', (request) => {
    if (new URL(request.url()).pathname.startsWith(pathname)) sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize)) // prettier-ignore
  })
  const begun = Date.now()
  await page.goto(url)
  await shown()
  const took = Date.now() - begun

  return { took, bytes: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) }
}
