/** An identifier as SQL takes it. Names come from declarations only, never from a client; quoted all the same. */
export const quote = (name: string): string => `"${name.replace(/"/g, '""')}"`

/** A text as SQL writes it. */
export const literal = (text: string): string => `'${text.replace(/'/g, "''")}'`
