import { httpQuestion } from './harness/http-question'

const query = (brand: number) =>
  new URLSearchParams({
    brand: `Brand ${brand}`,
    'price[$gte]': '20',
    '$sort[price]': '-1',
    $limit: '50'
  }).toString()

/** Fifty products of one brand from a price on, the dearest first, with their total, by anybody. */
export default httpQuestion({
  name: 'list',
  target: 1,
  status: 200,
  asks: Array.from({ length: 20 }, (_, brand) => brand)
    .filter((brand) => brand % 10 !== 0)
    .map((brand) => ({ method: 'GET', path: `/products?${query(brand)}` }))
})
