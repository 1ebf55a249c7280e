import { readdir, readFile } from 'fs/promises'
import path from 'path'
import type { Context, Middleware } from 'koa'
import type { PageFiles } from '../util/page-files'
import type { Coding } from './compression'
import { codingFor, packBytes } from './compression'
import { isToRead } from './read-only'

/**
 * Nothing from elsewhere, no inline script or style, and no frame around it. `connect-src 'self'` lets sockets of the same host in as well.
 *
 * @see https://www.w3.org/TR/CSP3/#match-url-to-source-expression
 */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'"
}

const policyOf = ({ policy }: PageFiles): string =>
  Object.entries({ ...POLICY, ...policy })
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ')

const YEAR = 'public, max-age=31536000, immutable'
const INDEX = 'index.html'

/** A file in memory, as it is and as it was packed for whoever takes that. */
class PageFile {
  private readonly packed = new Map<Coding, Promise<Buffer>>()

  constructor(
    private readonly name: string,
    private readonly bytes: Buffer,
    private readonly headers: Readonly<Record<string, string>>
  ) {}

  async answer(ctx: Context) {
    const coding = codingFor(ctx.req)
    ctx.type = path.extname(this.name)
    ctx.set(this.headers)
    ctx.vary(['Accept', 'Accept-Encoding'])
    const { type } = ctx.response
    ctx.body = coding ? await this.pack(coding) : this.bytes
    ctx.type = type
    if (coding) ctx.set('Content-Encoding', coding)
  }

  private pack(coding: Coding): Promise<Buffer> {
    const known = this.packed.get(coding) ?? packBytes(coding, this.bytes)
    this.packed.set(coding, known)

    return known
  }
}

type Files = ReadonlyMap<string, PageFile>

const filesOf = async (page: PageFiles): Promise<Files> => {
  const folder = await page.folder()
  const headersOf = (name: string) => ({
    'Cache-Control': page.isLasting(name) ? YEAR : 'no-cache',
    'Content-Security-Policy': policyOf(page)
  })
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile())

  return new Map(
    await Promise.all(
      entries.map(async ({ name }) => {
        const bytes = await readFile(path.join(folder, name))
        return [name, new PageFile(name, bytes, headersOf(name))] as const
      })
    )
  )
}

/** The files of one page, read at the first request. A failure is told once, and tried anew with the next one. */
const reader = (page: PageFiles): (() => Promise<Files>) => {
  let reading: Promise<Files> | undefined

  return () =>
    (reading ??= filesOf(page).catch((error: unknown) => {
      reading = undefined
      throw error
    }))
}

interface Place {
  readonly at: string
  readonly isShared: boolean
  readonly read: () => Promise<Files>
}

/** The name of the file that a path asks for; undefined where it is no path of the page. */
const nameIn = ({ at }: Place, given: string): string | undefined => {
  if (given === at || given === `${at}/`) return INDEX

  return at !== '/' && given.startsWith(`${at}/`) ? given.slice(at.length + 1) : undefined
}

/** At a shared path a program is answered data; a person gets a page. */
const isWanted = (ctx: Context, { isShared }: Place, name: string) =>
  (ctx.method === 'GET' || ctx.method === 'HEAD') &&
  (!isShared || name !== INDEX || ctx.accepts('json', 'html') === 'html')

/**
 * Serves the pages of modules, each with the files of its folder and none else, without a credential: what a page shows it asks of the API.
 *
 * @param served by their paths, such as `/admin`; that of `/` is for browsers alone
 * @example app.use(pages({ '/admin': { folder: async () => '/srv/admin', isLasting: () => false } }))
 */
export const pages = (served: Readonly<Record<string, PageFiles>>): Middleware => {
  const places = Object.entries(served).map(([at, page]): Place => ({
    at,
    isShared: page.isShared ?? at === '/',
    read: reader(page)
  }))

  return async (ctx, next) => {
    for (const place of places) {
      const name = nameIn(place, ctx.path)
      // A shared path has other answers as well.
      if (name === INDEX && !place.isShared && !isToRead(ctx)) return
      if (name === undefined || !isWanted(ctx, place, name)) continue
      const file = (await place.read()).get(name)
      if (file) return file.answer(ctx)
    }

    return next()
  }
}
