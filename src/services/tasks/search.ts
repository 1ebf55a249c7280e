import type { ReportContext } from '../../resource'

/** The list of tasks itself, asked as the caller would ask it: one rule, one search, one form of answer. */
export const searchTasks = async (
  { q, limit, skip }: { q: string; limit?: number; skip?: number },
  { app, asCaller }: ReportContext
): Promise<unknown> =>
  app.service('tasks').find({ ...asCaller, query: { $search: q, $limit: limit, $skip: skip } })
