import type { AnyResource } from '../any-resource'
import { collisions } from './shared/collisions'
import type { Problem } from './shared/problem'
import { problem } from './shared/problem'

const pathOf = ({ name, spec }: AnyResource) => spec.path ?? name

const sameName = (resources: readonly AnyResource[]): Problem[] =>
  collisions(resources, ({ name }) => name).map(([resource]) =>
    problem(
      resource,
      'name',
      `two resources are called ${resource.name}`,
      `rename one ${resource.name}, or list it once`
    )
  )

const samePath = (resources: readonly AnyResource[]): Problem[] =>
  collisions(resources, pathOf)
    .filter(([{ name }, first]) => name !== first.name)
    .map(([resource, { name }]) =>
      problem(
        resource,
        'path',
        `${pathOf(resource)} is the path of ${name} as well`,
        `write another path for ${resource.name}`
      )
    )

/** Models are found by the name of their resource and services by its path, so that each may stand for one resource only. */
export const uniqueResources = (resources: readonly AnyResource[]): Problem[] => [
  ...sameName(resources),
  ...samePath(resources)
]
