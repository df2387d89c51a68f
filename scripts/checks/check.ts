/** One thing that `npm run check` holds the repository to. */

/** What is wrong; nothing where all is well. */
export type Findings = readonly string[]

export type Check = {
  readonly name: string
  /** What it looks at, for --help. */
  readonly about: string
  /** Looks at the repository at `root`. */
  readonly run: (root: string) => Promise<Findings>
}
