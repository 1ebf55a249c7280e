import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { accounts } from '../../packages/rachis/src/accounts'
import { admin } from '../../packages/rachis/src/admin'
import {
  anyone,
  asParent,
  belongsTo,
  defineResource,
  integer,
  nullable,
  role,
  text,
  withDefault
} from '../../packages/rachis/src/declare'
import { file, files } from '../../packages/rachis/src/files'
import { scratchFolder } from '../helpers/scratch'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { Visitor } from './admin-stage'
import { flaws } from './axe'
import { openChromium } from './chromium'
import { closeStage, needsBrowser } from './stage'

const manager = role('manager')
const picture = () => file({ types: ['image/png', 'image/jpeg'], max_size: 3_000_000 })
const albums = defineResource('albums', {
  fields: { title: text(), cover_id: nullable(picture()), notes_id: nullable(file()) },
  relations: { photos: { many: 'photos' as never, by: 'album_id' } },
  access: { read: anyone, create: manager, update: manager, remove: manager }
})
/** A list of pictures of an album. */
const photos = defineResource('photos', {
  fields: {
    album_id: belongsTo('albums' as never, { on_delete: 'cascade' }),
    file_id: picture(),
    position: withDefault(integer({ minimum: 0 }), 0)
  },
  access: { read: { album_id: asParent }, create: manager, update: manager, remove: manager }
})

const PHONE = { width: 375, height: 740 }

describe('files on the admin page, in Chromium (skipped where there is none)', function () {
  this.timeout(180_000)
  let world: World
  let browser: Browser
  let png: Buffer
  before(async function () {
    needsBrowser(this)
    const folder = scratchFolder('admin-files')
    const modules = [accounts, admin, files({ variants: { thumb: { width: 64 } } })]
    world = await openStage({ modules, resources: [albums, photos], config: { files: { folder } } })
    browser = await openChromium()
    png = await sharp({ create: { width: 200, height: 120, channels: 3, background: 'teal' } }).png().toBuffer() // prettier-ignore
  })
  after(() => closeStage({ world, browser }))

  const chosen = (name: string, buffer: Buffer, mimeType = 'image/png') => ({ name, mimeType, buffer })
  const rows = (table: string) => world.sql(`select * from ${table} order by id`)
  const drop = async (page: Page, zone: Locator, name: string) => {
    const given = JSON.stringify([png.toString('base64'), name])
    // As a text: what it does runs in the browser, whose types are not those of Node.
    const transfer = await page.evaluateHandle(`(([bytes, name]) => {
      const kept = new DataTransfer()
      kept.items.add(new File([Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0))], name, { type: 'image/png' }))
      return kept
    })(${given})`)
    await zone.dispatchEvent('drop', { dataTransfer: transfer })
  }
  /** The picture is drawn, from memory. */
  const isDrawn = async (page: Page, place: string): Promise<unknown> => {
    await page.locator(place).first().waitFor()
    return page.evaluate(`(async () => {
      const image = document.querySelector('${place}')
      await image.decode()
      return [image.src.startsWith('blob:'), image.naturalWidth]
    })()`)
  }

  it('are chosen or dropped in a form, refused at the field, and shown in the list and by themselves', async () => {
    const visitor = await Visitor.open(browser, world, { who: 'manager' })
    const { page } = visitor
    await visitor.go('albums/create')
    await page.getByLabel('Title').fill('Tea')
    const field = page.locator('.field', { hasText: 'Cover' })
    await field.getByText('PNG, JPEG, up to 3 MB').waitFor()
    const input = page.getByLabel('Cover', { exact: true })
    assert.equal(await input.getAttribute('accept'), 'image/png,image/jpeg')
    await input.setInputFiles(chosen('page.png', Buffer.from('<html>')))
    await field.locator('.error', { hasText: 'text/html' }).waitFor()
    assert.equal(await input.getAttribute('aria-invalid'), 'true')
    assert.deepEqual(await flaws(page), [])
    await visitor.shoot('admin-file-refused')
    await drop(page, field.locator('.drop'), 'Tee ☕.png')
    await field.getByRole('button', { name: 'Download Tee ☕.png' }).waitFor()
    assert.equal(await field.locator('.error').count(), 0)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('heading', { name: 'Tea', exact: true }).waitFor()
    const [[row], [kept]] = [await rows('albums'), await rows('files')]
    assert.deepEqual([row!.cover_id, kept!.name], [kept!.id, 'Tee ☕.png'])
    assert.deepEqual(await isDrawn(page, 'dd img'), [true, 64])
    await visitor.shoot('admin-file-shown')
    await visitor.go('albums')
    assert.deepEqual(await isDrawn(page, 'td img'), [true, 64])
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download Tee ☕.png' }).click()]) // prettier-ignore
    assert.equal(saved.suggestedFilename(), 'Tee ☕.png')
    assert.ok((await readFile(await saved.path())).equals(png))
    assert.deepEqual(await flaws(page), [])
    await visitor.end()
  })

  it('are sent with progress, while the form waits, and can be given up', async () => {
    const visitor = await Visitor.open(browser, world, { who: 'manager' })
    const { page } = visitor
    const [{ id }] = (await rows('albums')) as [{ id: number }]
    let release = () => undefined as void
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/api/v1/uploads/*', async (route) => {
      if (route.request().method() === 'PATCH') await held
      await route.continue().catch(() => undefined)
    })
    await visitor.go(`albums/${id}`)
    const long = chosen('notes.txt', Buffer.alloc(1_500_000, 'tea '), 'text/plain')
    await page.getByLabel('Notes', { exact: true }).setInputFiles(long)
    const progress = page.getByRole('progressbar', { name: 'Uploading notes.txt' })
    await progress.waitFor()
    assert.equal(await page.getByRole('button', { name: 'Save' }).isDisabled(), true)
    assert.deepEqual(await flaws(page), [])
    await visitor.shoot('admin-file-progress')
    const removed = page.waitForResponse((answer) => answer.request().method() === 'DELETE')
    await page.getByRole('button', { name: 'Cancel' }).press('Enter')
    await progress.waitFor({ state: 'detached' })
    release()
    assert.deepEqual([(await removed).status(), await rows('uploads')], [204, []])
    await page.getByLabel('Notes', { exact: true }).setInputFiles(long)
    await page.getByRole('button', { name: 'Download notes.txt' }).waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Tea', exact: true }).waitFor()
    const [row] = await rows('albums')
    assert.ok(row!.notes_id)
    await visitor.go(`albums/${id}`)
    await page.locator('.field', { hasText: 'Notes' }).getByRole('button', { name: 'Take away' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Tea', exact: true }).waitFor()
    assert.equal((await rows('albums'))[0]!.notes_id, null)
    await visitor.end()
  })

  it('are added several at once to a list of them, each a record of its own, on a telephone too', async () => {
    const visitor = await Visitor.open(browser, world, { who: 'manager', viewport: PHONE })
    const { page } = visitor
    const [{ id }] = (await rows('albums')) as [{ id: number }]
    await visitor.go(`albums/${id}/show`)
    const list = page.locator('.related', { hasText: 'Photos' })
    await list.getByLabel('Add files').setInputFiles([chosen('one.png', png), chosen('bad.png', Buffer.from('<html>')), chosen('two.png', png)]) // prettier-ignore
    await page.getByText(/bad\.png: .*text\/html/).waitFor()
    await list.getByRole('button', { name: 'Download two.png' }).waitFor()
    const made = await world.sql('select f.name, p.album_id from photos p join files f on f.id = p.file_id order by p.id') // prettier-ignore
    assert.deepEqual(made, [{ name: 'one.png', album_id: id }, { name: 'two.png', album_id: id }]) // prettier-ignore
    assert.deepEqual(await flaws(page), [])
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    await visitor.shoot('admin-file-list')
    await visitor.go('files')
    await page.getByLabel('Upload files').setInputFiles(chosen('three.png', png))
    await page.getByRole('button', { name: 'Download three.png' }).first().waitFor()
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    await visitor.shoot('admin-file-uploads')
    await visitor.end()
  })

  it('are shown to who may have them, who is asked for none where they may write none', async () => {
    for (const who of [undefined, 'stranger']) {
      const visitor = await Visitor.open(browser, world, who === undefined ? {} : { who })
      const { page } = visitor
      const [{ id }] = (await rows('albums')) as [{ id: number }]
      await visitor.go(`albums/${id}/show`)
      await page.getByRole('button', { name: 'Download one.png' }).waitFor()
      assert.deepEqual(await isDrawn(page, 'dd img'), [true, 64])
      assert.equal(await page.locator('input[type=file]').count(), 0)
      const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download one.png' }).click()]) // prettier-ignore
      assert.ok((await readFile(await saved.path())).equals(png))
      if (who) {
        await visitor.go('files')
        await page.getByText('There is nothing here that fits.').waitFor()
      }
      await visitor.end()
    }
  })
})
