/**
 * That an install gives everybody the same packages from whatever registry they use: exact versions in every
 * package.json, and a lockfile that agrees with them and names no host.
 */

import type { Findings } from './check.ts'
import { listRepositoryFiles, readText } from './repository-files.ts'

const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/
const HOST = /^(git[+:]|ssh:|https?:|[\w.-]+@[\w.-]+:)/
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const

type Manifest = { readonly [Field in (typeof DEPENDENCY_FIELDS)[number]]?: Readonly<Record<string, string>> }
type LockEntry = Manifest & { readonly version?: string; readonly resolved?: string }
export type Lockfile = { readonly packages: Readonly<Record<string, LockEntry>> }

/** What is not exact in `manifests`, which are by folder ('' is the root), or not as `lockfile` has it. */
export function comparePackages(manifests: ReadonlyMap<string, Manifest>, lockfile: Lockfile): Findings {
  const inexact = [...manifests].flatMap(([folder, manifest]) =>
    wanted(manifest)
      .filter(([, version]) => !EXACT_VERSION.test(version))
      .map(([name, version]) => `${manifestPath(folder)}: ${name} ${version} is not an exact version`),
  )
  const hosts = Object.entries(lockfile.packages).flatMap(([path, { resolved, version }]) =>
    HOST.test(resolved ?? '') || HOST.test(version ?? '') ? [`package-lock.json: ${path} names a host`] : [],
  )
  const stale = [...manifests].flatMap(([folder, manifest]) => {
    const locked = new Map(wanted(lockfile.packages[folder] ?? {}))
    const asked = new Map(wanted(manifest))
    const names = [...new Set([...locked.keys(), ...asked.keys()])]
    return names
      .filter((name) => locked.get(name) !== asked.get(name))
      .map((name) => `package-lock.json and ${manifestPath(folder)} differ in ${name}: run npm install`)
  })
  return [...inexact, ...hosts, ...stale]
}

/** {@link comparePackages} for the repository at `root`. */
export async function checkPackages(root: string): Promise<Findings> {
  const paths = (await listRepositoryFiles(root)).filter((path) => /^(.+\/)?package\.json$/.test(path))
  const manifests = new Map<string, Manifest>()
  for (const path of paths)
    manifests.set(path.replace(/\/?package\.json$/, ''), JSON.parse((await readText(root, path)) ?? '{}'))
  return comparePackages(manifests, JSON.parse((await readText(root, 'package-lock.json')) ?? '{"packages":{}}'))
}

function wanted(manifest: Manifest): [name: string, version: string][] {
  return DEPENDENCY_FIELDS.flatMap((field) => Object.entries(manifest[field] ?? {}))
}

function manifestPath(folder: string): string {
  return folder ? `${folder}/package.json` : 'package.json'
}
