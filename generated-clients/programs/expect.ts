declare const process: { readonly env: Readonly<Record<string, string | undefined>> }

export const url = `${process.env.API_URL}/api/v1`
export const token = process.env.API_TOKEN ?? ''

/** Fails the program unless both are the same as JSON. */
export const equal = (actual: unknown, expected: unknown): void => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a !== b) throw new Error(`expected ${b}, got ${a}`)
}
