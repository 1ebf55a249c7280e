import type { World, Person } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { send, bearer } from './contract'
import zlib from 'zlib'
describe('explore', () => {
  let world: World, cast: Record<string, Person>
  before(async () => { world = await startWorld(); cast = await world.cast() })
  after(() => world.close())
  it('x', async () => {
    const { admin, owner } = cast as any
    const show = (name: string, a: any) => console.log(name.padEnd(40), a.status, JSON.stringify(a.body ?? a.text).slice(0, 300), a.headers?.allow ?? a.headers?.get?.('allow') ?? '')
    const p = async (person: any, m: string, path: string, opts: any = {}) => show(`${m} ${path.slice(0,30)}`, await world.rest(person, m, path, opts).catch((e) => ({ status: 'ERR', body: String(e.cause ?? e) })))
    for (const path of ['/sessions', '/auth', '/authentication', '/sessions/1', '/nothing', '/tasks/1/zzz', '/tasks/1/complete', '/constructor', '/tasks/__proto__', '/tasks/%', '/tasks/%00', '/tasks/1e0', '/auth/me', '/products/1/restore'])
      await p(admin, 'GET', path)
    await p(admin, 'PUT', '/tasks'); await p(admin, 'DELETE', '/tasks'); await p(admin, 'PATCH', '/tasks', { body: {} })
    await p(admin, 'OPTIONS', '/tasks'); await p(admin, 'OPTIONS', '/authentication'); await p(admin, 'HEAD', '/tasks')
    for (const raw of ['{', '"x"', 'null', '1', '', '[]', '[1]', '[null]', '\ufeff{"title":"bom"}', '{"title":"a","title":"b"}', '{"title":"x","__proto__":{"a":1}}', '{"title":"x","constructor":{"prototype":{}}}', '{"title":"\\ud800"}', '{"title":"\\u0000"}', '{"title":"x","due_date":"2026-02-30T00:00:00Z"}', '{"title":"x","due_date":"2026-01-31T24:00:00Z"}', '{"title":"x","due_date":"2026-01-31T10:00:00+99:99"}', '{"title":"x","due_date":"2026-01-31T10:00:00+23:59"}'])
      { console.log(raw); await p(owner, 'POST', '/tasks', { raw }) }
    for (const raw of ['{"name":"x","slug":"x1","metadata":{"a":1e400}}', '{"name":"x","slug":"x2","metadata":{"a":9007199254740993,"b":-0}}', '{"name":"x","slug":"x3","parent_id":9007199254740993}', '{"name":"x","slug":"x4","parent_id":99999}', '{"name":"x","slug":"X1"}', '{"name":"x","slug":"x5","sort_order":-0}','{"name":"x","slug":"x6","metadata":{"\\u0000":1}}','{"name":"x","slug":"x7","metadata":{"\\ud800":"\\udc00"}}', '{"name":"x","slug":"x8","metadata":' + '{"a":'.repeat(50000) + '1' + '}'.repeat(50000) + '}'])
      { console.log(raw.slice(0,100)); await p(admin, 'POST', '/categories', { raw }) }
    const post = (headers: any, body: any) => send(world, 'POST', '/api/v1/tasks', { headers: { ...bearer(owner.token), ...headers }, body }).catch((e) => ({ status: 'ERR', body: String(e), text: '' , headers: {} }))
    const json = '{"title":"x"}'
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/vnd.api+json', 'application/foo+json', 'application/json; charset=utf-16', 'application/json; charset=foo', 'application/json;charset=latin1', 'json', 'application/merge-patch+json'])
      show(type, await post({ 'Content-Type': type }, json))
    show('no type', await post({}, json))
    const J = { 'Content-Type': 'application/json' }
    show('gzip', await post({ ...J, 'Content-Encoding': 'gzip' }, zlib.gzipSync(json)))
    show('gzip broken', await post({ ...J, 'Content-Encoding': 'gzip' }, json))
    show('gzip truncated', await post({ ...J, 'Content-Encoding': 'gzip' }, zlib.gzipSync(json).subarray(0, 15)))
    show('gzip bomb', await post({ ...J, 'Content-Encoding': 'gzip' }, zlib.gzipSync('"' + 'x'.repeat(50_000_000) + '"')))
    show('br', await post({ ...J, 'Content-Encoding': 'br' }, zlib.brotliCompressSync(json)))
    show('deflate', await post({ ...J, 'Content-Encoding': 'deflate' }, zlib.deflateSync(json)))
    show('foo enc', await post({ ...J, 'Content-Encoding': 'foo' }, json))
    show('big', await post({ ...J }, JSON.stringify({ title: 'x'.repeat(1_100_000) })))
    show('big chunked', await post({ ...J, 'Transfer-Encoding': 'chunked' }, JSON.stringify({ title: 'x'.repeat(1_100_000) })))
    show('very big chunked', await post({ ...J, 'Transfer-Encoding': 'chunked' }, JSON.stringify({ title: 'x'.repeat(20_100_000) })))
    show('very big', await post({ ...J }, JSON.stringify({ title: 'x'.repeat(20_100_000) })))
    show('CL 0', await post({ ...J, 'Content-Length': '0' }, ''))
    show('trace', await send(world, 'TRACE', '/api/v1/tasks'))
    show('propfind', await send(world, 'PROPFIND', '/api/v1/tasks'))
    show('connect-ish', await send(world, 'LINK', '/api/v1/tasks/1'))
    show('long url', await send(world, 'GET', '/api/v1/tasks?title=' + 'x'.repeat(20000)).catch((e) => ({status: 'ERR', body: String(e)})))
    show('abs url', await send(world, 'GET', 'http://evil/api/v1/tasks').catch((e) => ({status: 'ERR', body: String(e)})))
    show('star', await send(world, 'OPTIONS', '*').catch((e) => ({status: 'ERR', body: String(e)})))
    show('dbl slash', await send(world, 'GET', '//api/v1/tasks').catch((e) => ({status: 'ERR', body: String(e)})))
    show('bad qs', await send(world, 'GET', '/api/v1/products?name=%ZZ').catch((e) => ({status: 'ERR', body: String(e)})))
    show('bad qs', await send(world, 'GET', '/api/v1/products?name=%ff').catch((e) => ({status: 'ERR', body: String(e)})))
    show('bad qs', await send(world, 'GET', '/api/v1/products?%ff=1&%').catch((e) => ({status: 'ERR', body: String(e)})))
    show('qs proto', await send(world, 'GET', '/api/v1/products?a[__proto__]=1').catch((e) => ({status: 'ERR', body: String(e)})))
    show('qs ctor', await send(world, 'GET', '/api/v1/products?constructor=1').catch((e) => ({status: 'ERR', body: String(e)})))
    show('qs ctor', await send(world, 'GET', '/api/v1/products?name[constructor]=1').catch((e) => ({status: 'ERR', body: String(e)})))
    show('qs depth', await send(world, 'GET', '/api/v1/products?' + 'a' + '[b]'.repeat(20) + '=1').catch((e) => ({status: 'ERR', body: String(e)})))
    show('qs ids', await send(world, 'GET', '/api/v1/products?id=' + Array.from({length:3000},(_, i) => i+1).join(',')).catch((e) => ({status: 'ERR', body: String(e)})))
  })
})
