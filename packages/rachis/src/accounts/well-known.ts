let known: Promise<ReadonlySet<string>> | undefined

const load = async (): Promise<ReadonlySet<string>> => {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set<string>(dictionary['passwords-common'].map((word) => String(word).toLowerCase()))
}

/**
 * Whether attackers try this password first: the 49,000 most used, in any case, from `@zxcvbn-ts/language-common` (MIT).
 * The list is read at its first use, in 60 ms.
 */
export const isWellKnown = async (password: string): Promise<boolean> =>
  (await (known ??= load())).has(password.toLowerCase())
