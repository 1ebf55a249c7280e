/** Keeps the records that a find of the service would return now; they are fetched at each sign-in. */
export const liveRecords = (client, path, onError) => {
  const service = client.service(path)
  const records = new Map()
  let current // the fetch that counts; one that began before it is void, even if it is answered later
  let waiting = [] // what comes while the list is on its way is applied to it afterwards

  const apply = (event, record) =>
    event === 'removed' ? records.delete(record.id) : records.set(record.id, record)
  for (const event of ['created', 'updated', 'patched', 'removed'])
    service.on(event, (record) => (current ? waiting.push([event, record]) : apply(event, record)))

  const fetchAnew = async () => {
    const fetch = (current = {})
    waiting = [] // what came before is part of what is fetched now
    const found = []
    try {
      for (let last = false; !last;) {
        const after = found.length > 0 ? { id: { $gt: found.at(-1).id } } : {}
        // In order of ids: pages by number would shift when a record goes.
        const { data, limit } = await service.find({ query: { ...after, $sort: { id: 1 }, $limit: 100 } })
        if (current !== fetch) return
        found.push(...data)
        last = data.length < limit
      }
    } catch (error) {
      // The records stay as they were; the next sign-in or reset fetches again. Who is not signed in any more signs in anew.
      if (current === fetch && error.code !== 401) onError(error)
      return
    }
    records.clear()
    for (const record of found) records.set(record.id, record)
    for (const [event, record] of waiting) apply(event, record)
    current = undefined
  }
  service.on('reset', fetchAnew)
  client.on('login', fetchAnew) // also after the socket came back: Feathers' client signs in again

  return records
}

/** Renews the access token before it ends, when it has ended, and when the socket comes back with one that has. */
export const staySignedIn = (client, refresh_token, onError) => {
  let renewal // one at a time: a refresh token is good once
  const renewOnce = async () => {
    const fresh = await client.service('auth').refresh({ refresh_token })
    refresh_token = fresh.refresh_token
    await client.authenticate({ strategy: 'jwt', accessToken: fresh.access_token })
  }
  const renew = () => (renewal ??= renewOnce().finally(() => (renewal = undefined)))

  for (const event of ['token_expiring', 'token_expired']) client.io.on(event, () => renew().catch(onError))
  client.io.on('disconnect', () => client.get('authentication')?.catch(renew).catch(onError))
}
