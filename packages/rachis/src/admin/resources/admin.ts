import { anyone, defineResource, Type } from '../../declare'
import type { ServiceOf } from '../../declare'
import { describe } from '../describe'

/** `GET /admin/description`: what the admin page is made from. */
export const adminResource = defineResource('admin', {
  description: 'What the admin page shows',
  table: false,
  fields: {},
  access: {},
  reports: {
    description: {
      summary: 'What the caller may see and do: resources, their fields, operations and relations',
      input: Type.Object({}, { additionalProperties: false }),
      output: Type.Object({
        resources: Type.Array(Type.Unsafe<object>({ type: 'object' }))
      }),
      access: anyone,
      run: async (_input, { app, user }) => {
        const { resources } = describe(app.get('engine').models, user)
        const own = app.get('ownResources')

        return { resources: resources.map((one) => ({ ...one, isOwn: own.has(one.name) })) } as never
      }
    }
  }
})

declare module '../../declare/declarations' {
  interface ServiceTypes {
    admin: ServiceOf<typeof adminResource>
  }
}
