import type { Product } from '../shared/client'

/** A picture that is kept by the server: see the resource product-images. */
export interface Stored {
  readonly product_id: number
  readonly file_id: string
  readonly alt: string | null
}
export type Pictured = Pick<Product, 'id' | 'name' | 'category_id' | 'images'> & {
  readonly pictures?: readonly Stored[]
}

const contentOf = ({ file_id }: Stored) => `/api/v1/files/${file_id}/content`

/** Degrees of hue, the same for all products of a category. */
const hueOf = ({ category_id, id }: Pictured) => ((category_id ?? id) * 67) % 360
const initials = (name: string) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('')

/** What stands in place of a picture where a product has none: always the same for the same product. */
const Cover = ({ product }: { product: Pictured }) => {
  const turn = (product.id * 47) % 360
  const far = 60 + ((product.id * 13) % 60)

  return (
    <svg
      className="cover"
      viewBox="0 0 200 200"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      style={{ '--hue': hueOf(product) } as object}
    >
      <rect width="200" height="200" className="ground" />
      <g transform={`rotate(${turn} 100 100)`}>
        <circle cx="100" cy={100 - far} r="70" className="near" />
        <circle cx="100" cy={100 + far} r="46" className="far" />
      </g>
      <text x="100" y="100" dominantBaseline="central" textAnchor="middle">
        {initials(product.name)}
      </text>
    </svg>
  )
}

/** The first picture of a product. */
export const Picture = ({ product }: { product: Pictured }) => {
  const [stored] = product.pictures ?? []
  const [elsewhere] = product.images
  if (stored) return <img src={contentOf(stored)} alt={stored.alt ?? ''} loading="lazy" />
  if (elsewhere?.startsWith('https:')) return <img src={elsewhere} alt="" loading="lazy" />

  return <Cover product={product} />
}
