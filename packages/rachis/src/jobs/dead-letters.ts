import type { ModuleContext } from '../module'
import { DEAD } from './boss'

/**
 * Makes records of the jobs that have failed for good. pg-boss puts them into a queue in the statement by which they fail, whether their
 * handler threw or their process was killed; from there they are moved in one statement, so that none is lost and none comes twice.
 */
export const collectDeadLetters = async ({ app, database }: ModuleContext): Promise<void> => {
  const { schema } = app.get('jobs')
  const text = `
    with dead as (delete from ${schema}.job where name = $1 returning *)
    insert into dead_letters (job, input, error, attempts, enqueued_by)
    select data ->> 'job', coalesce(data -> 'input', 'null'),
      left(coalesce(output ->> 'message', output #>> '{value,message}', 'unknown'), 2000),
      retry_limit + 1, data ->> 'user_id'
    from dead order by created_on
    returning id`
  const found = await database.query({ text, values: [DEAD] })
  if (found.length > 0) app.get('engine').wake()
}
