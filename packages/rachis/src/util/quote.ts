/** An identifier as SQL takes it. Names come from declarations only, never from a client; quoted all the same. */
export const quote = (name: string): string => `"${name.replace(/"/g, '""')}"`
