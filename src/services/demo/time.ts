/** In milliseconds. */
export const DAY = 86_400_000

export const isoOf = (time: number) => new Date(time).toISOString()
