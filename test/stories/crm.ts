import assert from 'node:assert/strict'
import { modules as shipped } from '../../src/modules'
import { crm, people as accounts } from '../examples/crm'
import type { Answer, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** Two processes of the CRM: lead and owner are in the red team, which has Acme and its deal, and other in the blue one. */
export interface Crm {
  readonly world: World
  readonly second: World
  readonly people: Record<'owner' | 'stranger' | 'manager' | 'admin' | 'lead' | 'other', Person>
  readonly red: Json
  readonly blue: Json
  readonly acme: Json
  readonly deal: Json
  /** A deal of the blue team. */
  readonly theirs: Json
  call(person: Person, method: string, url: string, body?: Json, at?: World): Promise<Answer>
  /** Answers the record. */
  make(url: string, body: Json, person: Person): Promise<Json>
  join(team: Json, person: Person, by: Person, rank?: string): Promise<Json>
  settled(): Promise<void>
  close(): Promise<void>
}

/** Those of the shop, whose migrations the database of every world has, with the CRM's own rules for accounts. */
const modules = shipped.map((module) => (module.name === accounts.name ? accounts : module))

export const openCrm = async (): Promise<Crm> => {
  const world = await startWorld({ resources: crm, modules })
  const second = await startWorld({ resources: crm, modules, database: world.database })
  const [cast, lead, other] = [
    await world.cast(),
    await world.register('lead'),
    await world.register('other')
  ]
  const people = { ...cast, lead, other }
  const call: Crm['call'] = (person, method, url, body, at = world) => at.rest(person, method, url, { body })
  const make: Crm['make'] = async (url, body, person) => {
    const answer = await call(person, 'POST', url, body)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))

    return answer.body as Json
  }
  const join: Crm['join'] = (team, person, by, rank = 'member') =>
    make('/team-members', { team_id: team.id, user_id: person.id, rank }, by)
  const settled = async () => {
    await world.settled()
    await second.settled()
  }
  const [red, blue] = [await make('/teams', { name: 'Red' }, people.admin), await make('/teams', { name: 'Blue' }, people.admin)] // prettier-ignore
  await join(red, lead, people.admin, 'lead')
  await join(red, people.owner, people.admin)
  await join(blue, other, people.admin)
  await settled()
  const acme = await make('/companies', { name: 'Acme', team_id: red.id }, people.owner)
  const deal = await make('/deals', { title: 'Engines', amount: 10, company_id: acme.id }, people.owner)
  const bolt = await make('/companies', { name: 'Bolt', team_id: blue.id }, other)
  const theirs = await make('/deals', { title: 'Wheels', amount: 5, company_id: bolt.id }, other)
  await settled()

  return {
    world, second, people, red, blue, acme, deal, theirs, call, make, join, settled,
    async close() {
      await second.close(true)
      await world.close()
    }
  } // prettier-ignore
}
