/** A page for people at the root of the host, such as `/admin`, with the files that it is made of. */
export interface PageFiles {
  /** The folder of its files, `index.html` among them, found or made at the first request. Folders inside of it are not looked into. */
  folder(): Promise<string>
  /** Whether the file of a name never changes, because the name changes with it: browsers then keep it for a year. */
  isLasting(name: string): boolean
  /**
   * Whether the path of the page is that of an answer for programs as well: the page is then for whoever prefers HTML to JSON, as browsers
   * do. The page of `/` always is.
   */
  readonly isShared?: boolean
  /** Directives of the content security policy in place of those that all pages have: `{ 'worker-src': "'self'" }`. */
  readonly policy?: Readonly<Record<string, string>>
}
