import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem, shown } from './shared/problem'

/** What holds where a declaration says nothing. */
const PAGE = { default: 50, max: 100 }

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0

/** Limits are counts of one or more, and a page that is not asked for is no larger than one that is. */
export const limits = (resource: AnyResource): Problem[] => {
  const { page = {}, batch = 1, body = 1 } = resource.spec.limits ?? {}
  const pages = { ...PAGE, ...page }
  const counts: [string, unknown][] = [['page.default', pages.default], ['page.max', pages.max], ['batch', batch], ['body', body]] // prettier-ignore
  const wrong = counts.filter(([, value]) => !isCount(value))
  if (wrong.length === 0 && pages.default > pages.max) {
    const what = `pages have ${pages.default} records by default and at most ${pages.max}`
    return [
      problem(
        resource,
        'limits.page.default',
        what,
        `write limits: { page: { default: ${pages.max}, max: ${pages.max} } }`
      )
    ]
  }

  return wrong.map(([name, value]) =>
    problem(
      resource,
      `limits.${name}`,
      `limits.${name} is ${shown(value)}`,
      `write a whole number above 0 for ${name}`
    )
  )
}
