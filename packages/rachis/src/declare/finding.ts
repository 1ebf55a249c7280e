/** What is wrong and how to mend it, before it is known where. */
export interface Finding {
  readonly what: string
  readonly hint: string
}
