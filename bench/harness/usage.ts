import { databaseCpu } from './backends'
import type { Server } from './server'

/** What a server and its database used while something was done. */
export interface Used {
  readonly cpu: number
  readonly databaseCpu: number
  readonly statements: number
}

export const usedBy = async <T>(
  server: Server,
  databaseUrl: string,
  work: () => Promise<T>
): Promise<[Used, T]> => {
  const [before, databaseBefore] = [await server.usage(), await databaseCpu(databaseUrl)]
  const result = await work()
  const [after, databaseAfter] = [await server.usage(), await databaseCpu(databaseUrl)]
  const used = {
    cpu: after.cpu - before.cpu,
    databaseCpu: databaseAfter - databaseBefore,
    statements: after.statements - before.statements
  }

  return [used, result]
}

/** Of each of so many requests. */
export const perRequest = (used: Used, requests: number): Used => ({
  cpu: used.cpu / requests,
  databaseCpu: used.databaseCpu / requests,
  statements: used.statements / requests
})
