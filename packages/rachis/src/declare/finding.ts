/** What is wrong and how to correct it, without the place in the declaration. */
export interface Finding {
  readonly what: string
  readonly hint: string
}
