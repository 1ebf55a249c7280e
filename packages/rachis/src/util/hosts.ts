import type { IncomingHttpHeaders } from 'http'

const nameOf = (host: string) => host.trim().toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')

const isNamed = (hosts: readonly string[], host: string): boolean => {
  const name = nameOf(host)

  return hosts.some((served) => (served.startsWith('*.') ? name.endsWith(served.slice(1)) : name === served))
}

/**
 * Whether a request is for one of the hosts that are served: by its name, or below one that is written with `*.`. A proxy tells the host
 * that it was called by in a header of its own, from which links are made as well.
 *
 * @param hosts in small letters; none where every host is served
 * @example isServed(['*.example.com'], { host: 'api.example.com:8080' }) // true
 */
export const isServed = (hosts: readonly string[], headers: IncomingHttpHeaders): boolean => {
  if (hosts.length === 0) return true
  const forwarded = headers['x-forwarded-host']
  const named = [headers.host ?? '', ...(forwarded === undefined ? [] : String(forwarded).split(','))]

  return named.every((host) => isNamed(hosts, host))
}
