import { createClient } from 'rachis/client'
import type { Description } from '../../src/admin/description'
import './style.css'

interface Root {
  readonly name: string
  readonly links: Readonly<Record<string, string>>
  readonly resources: Readonly<Record<string, string>>
  readonly logins?: readonly { readonly email: string; readonly password: string; readonly role: string }[]
}
interface Told {
  readonly id?: unknown
}

/** Shares its session with the admin page. */
const client = createClient<Record<string, never>>(location.origin, { storage: localStorage })
const EVENTS = ['created', 'updated', 'patched', 'removed']
/** Events that are named; the counter counts on. */
const NAMED = 8

type Child = Node | string
const element = (name: string, children: readonly Child[] = [], properties: object = {}): HTMLElement => {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)

  return made
}
const link = (href: string, text = href) => element('a', [text], { href })
const section = (title: string, children: readonly Child[]) =>
  element('section', [element('h2', [title]), ...children])

const linksOf = ({ links }: Root) =>
  section('What runs here', [
    element(
      'ul',
      Object.entries(links).map(([name, path]) => element('li', [link(path, name), ` ${path}`]))
    )
  ])

const resourcesOf = ({ resources }: Root) =>
  section('Resources', [
    element(
      'ul',
      Object.entries(resources).map(([name, path]) =>
        element('li', [link(`/admin#/${name.replace(/-/g, '_')}`, name), ' ', link(path, path)])
      )
    )
  ])

const signIn = async (email: string, password: string) => {
  await client.login({ email, password })
  location.assign('/admin')
}

const loginsOf = ({ logins = [] }: Root) =>
  section(
    'Demonstration logins',
    logins.length === 0
      ? ['There are none here.']
      : [
          element(
            'ul',
            logins.map(({ email, password, role }) => {
              const button = element('button', [`Sign in as ${role}`], { type: 'button' })
              button.addEventListener('click', () => void signIn(email, password))
              return element('li', [button, ` ${email} / ${password}`])
            })
          )
        ]
  )

/** Counts the changes that whoever sits here may see, as they happen. */
const counterOf = (description: Description) => {
  const [count, list] = [element('strong', ['0'], { id: 'events' }), element('ol', [], { id: 'latest' })]
  const live = description.resources.filter(
    (one) => one.live && one.operations.some(({ name }) => name === 'find')
  )
  let events = 0
  const tell = (path: string, event: string, { id }: Told) => {
    count.textContent = String(++events)
    list.prepend(element('li', [`${new Date().toLocaleTimeString()} ${path} ${event} #${String(id)}`]))
    while (list.children.length > NAMED) list.lastChild?.remove()
  }
  for (const { path } of live)
    for (const event of EVENTS)
      client.on(path as never, event as never, (record: Told) => tell(path, event, record))
  const state = element('span', [client.state], { id: 'state' })
  client.onState((now) => void (state.textContent = now))
  const names = live.map(({ path }) => path).join(', ')

  return section('Live events', [
    element('p', [count, ' since this page was opened (', state, '), of ', names], { role: 'status' }),
    list
  ])
}

const read = async <T>(response: Promise<Response>): Promise<T> => (await response).json() as Promise<T>

const show = async () => {
  const root = await read<Root>(fetch('/', { headers: { Accept: 'application/json' } }))
  const description = await read<Description>(
    client.fetch('/admin/description') as unknown as Promise<Response>
  )
  const main = element('main', [
    element('h1', [root.name]),
    element('p', [
      'This page is there while developing only. ',
      link('/admin', 'The admin page'),
      ' is there always.'
    ]),
    linksOf(root),
    loginsOf(root),
    counterOf(description),
    resourcesOf(root)
  ])
  document.getElementById('root')!.replaceChildren(main)
}
void show()
