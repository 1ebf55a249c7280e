// @ts-check
'use strict'

// Prints the password for a database of Lakebase: a token of the app's service principal, which Databricks gives out for an hour. DATABASE_PASSWORD_COMMAND runs
// it for each new connection. Its lines on standard error are for whoever runs it by hand.

/** @param {string} name */
const needed = (name) => {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: Databricks sets it for its apps`)

  return value
}

/** @param {string} host with or without a scheme, as Databricks sets it */
const urlOf = (host) => new URL('/oidc/v1/token', /^https?:/.test(host) ? host : `https://${host}`)

const token = async () => {
  const login = `${needed('DATABRICKS_CLIENT_ID')}:${needed('DATABRICKS_CLIENT_SECRET')}`
  const response = await fetch(urlOf(needed('DATABRICKS_HOST')), {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(login).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'all-apis' }),
    signal: AbortSignal.timeout(5000)
  })
  if (!response.ok) throw new Error(`Databricks answered ${response.status} to the request for a token`)

  return (await response.json()).access_token
}

token().then(
  (text) => process.stdout.write(`${text}\n`),
  (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
)
