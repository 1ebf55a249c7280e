/** The id of the last change up to a position, or to the position in a token of resume. Clients have no use for it. */
export const idIn = (position: string): number => {
  const [version, , id] = position.split('.')
  if (version !== '1' || !Number.isSafeInteger(Number(id))) throw new Error(`${position} is no position`)

  return Number(id)
}
