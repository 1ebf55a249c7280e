/** The lines that are only in one of two lists, as a diff shows them. */
export const differences = (before: readonly string[], after: readonly string[]): string[] => {
  const [had, has] = [new Set(before), new Set(after)]

  return [
    ...before.filter((line) => !has.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !had.has(line)).map((line) => `+ ${line}`)
  ]
}
