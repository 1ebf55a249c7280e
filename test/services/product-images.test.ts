import assert from 'node:assert/strict'
import { fetchContent, PNG, sendForm } from '../files/stage'
import { scratchFolder } from '../helpers/scratch'
import type { World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

describe('pictures of products', () => {
  let world: World
  const folder = scratchFolder('pictures')
  before(async () => void (world = await startWorld({ settings: { files: { folder } } })))
  after(() => world?.close())

  it('are uploaded and attached by administrators, and shown to whoever sees the product', async () => {
    const admin = world.as('admin')
    const { body: product } = await admin.post('/products', { name: 'Tea', sku: 'TEA-1', price: 1 })
    const sent = await sendForm(world.url, await admin.person(), { bytes: PNG, query: '?field=product_images.file_id' }) // prettier-ignore
    const picture = { product_id: product.id, file_id: sent.body.id }
    assert.equal((await world.as('manager').post('/product-images', picture)).status, 403)
    assert.equal((await fetchContent(world.url, sent.body.id, anonymous)).status, 404)
    assert.equal((await admin.post('/product-images', picture)).status, 201)
    assert.equal((await fetchContent(world.url, sent.body.id, anonymous)).status, 200)
    await admin.patch(`/products/${product.id}`, { is_active: false })
    assert.equal((await fetchContent(world.url, sent.body.id, anonymous)).status, 404)
  })
})
