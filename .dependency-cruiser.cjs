/**
 * The layers, as one table: what each part of the repository may import of the others, and the packages that only one
 * part knows. `npm run check` holds every file to it; type imports count as imports.
 */

const { Visitor } = require('@swc/core/Visitor.js')

// swc parses `using`, its visitor does not know it: walk it like any other declaration.
const { visitStatement } = Visitor.prototype
Visitor.prototype.visitStatement = function (statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement)
  this.visitVariableDeclarators(statement.decls)
  return statement
}

/** Paths that belong to a part, and the parts it may import besides itself. */
const LAYERS = {
  base: { path: '^packages/base/', mayImport: [] },
  palm: { path: '^packages/palm/', mayImport: ['base'] },
  protocol: { path: '^packages/protocol/', mayImport: ['base', 'palm'] },
  matching: { path: '^packages/matching/', mayImport: ['base', 'palm', 'protocol'] },
  zk: { path: '^packages/zk/', mayImport: ['base', 'palm', 'protocol'] },
  identity: { path: '^packages/identity/', mayImport: ['base', 'protocol'] },
  chain: { path: '^packages/chain/', mayImport: ['base', 'protocol'] },
  net: { path: '^packages/net/', mayImport: ['base', 'protocol'] },
  capture: { path: '^packages/capture/', mayImport: ['base', 'palm'] },
  wallet: {
    path: '^wallet/',
    mayImport: ['base', 'palm', 'protocol', 'matching', 'zk', 'identity', 'chain', 'net', 'capture'],
  },
  node: {
    path: '^node/',
    mayImport: ['base', 'palm', 'protocol', 'matching', 'zk', 'identity', 'chain', 'net', 'capture', 'wallet'],
  },
  contracts: { path: '^contracts/', mayImport: [] },
  scripts: {
    path: '^(scripts/|hardhat\\.config\\.ts$)',
    mayImport: [
      'base',
      'palm',
      'protocol',
      'matching',
      'zk',
      'identity',
      'chain',
      'net',
      'capture',
      'wallet',
      'node',
      'contracts',
    ],
  },
}

/** Parts without I/O, clock and randomness of their own: nothing of Node may reach them. */
const PURE = ['base', 'palm', 'protocol', 'matching', 'zk']

/** Parts for browsers: they use the page's camera and clock, and nothing of Node may reach them. */
const BROWSER = ['capture']

/** Packages that one part hides from all others; deployment (scripts, contracts) is at home on the chain too. */
const ADAPTED = {
  ethers: { packages: '^(ethers|@nomicfoundation/|hardhat)', parts: ['chain', 'contracts', 'scripts'] },
  veramo: { packages: '^(@veramo/|did-jwt|did-resolver|ethr-did-resolver)', parts: ['identity'] },
  snarkjs: { packages: '^(snarkjs$|snarkjs/|circom2|circomlib|ffjavascript)', parts: ['wallet', 'node', 'scripts'] },
  mediapipe: { packages: '^@mediapipe/', parts: ['capture'] },
  libp2p: { packages: '^(libp2p$|libp2p/|@libp2p/|@chainsafe/|@multiformats/)', parts: ['net'] },
}

/** A package as it is imported, or where it is found. */
const packagePath = (packages) => `(${packages}|node_modules/${packages.replace('^', '')})`
/** Sources of a part; builders of its kernels and circuits run on Node, are never shipped, and are not held to its purity. */
const sources = ({ path }) => (path.startsWith('^packages/') ? `${path}src/` : path)

const layerRules = Object.entries(LAYERS).map(([name, { path, mayImport }]) => ({
  name: `layer-${name}`,
  comment: `${name} imports of this repository: ${mayImport.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path },
  to: { pathNot: [path, ...mayImport.map((part) => LAYERS[part].path), 'node_modules'], dependencyTypesNot: ['core'] },
}))

const pureRules = PURE.map((name) => ({
  name: `pure-${name}`,
  comment: `${name} does no I/O, reads no clock and draws no randomness, so it imports nothing of Node`,
  severity: 'error',
  from: { path: sources(LAYERS[name]) },
  to: { dependencyTypes: ['core'] },
}))

const browserRules = BROWSER.map((name) => ({
  name: `browser-${name}`,
  comment: `${name} runs in a page, so it imports nothing of Node`,
  severity: 'error',
  from: { path: sources(LAYERS[name]) },
  to: { dependencyTypes: ['core'] },
}))

const adapterRules = Object.entries(ADAPTED).map(([name, { packages, parts }]) => ({
  name: `only-${parts[0]}-knows-${name}`,
  comment: `what is built on ${name} can be exchanged, because only ${parts.join(', ')} knows it`,
  severity: 'error',
  from: { pathNot: ['^test/', ...parts.map((part) => LAYERS[part].path), 'node_modules'] },
  to: { path: packagePath(packages) },
}))

module.exports = {
  forbidden: [
    ...layerRules,
    ...pureRules,
    ...browserRules,
    ...adapterRules,
    {
      name: 'page-without-node',
      comment: 'the terminal page runs in a browser, so it imports nothing of Node',
      severity: 'error',
      from: { path: '^node/terminal/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      comment: 'files that need each other are one file',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'an import leads nowhere: a misspelt path, or a package that is not installed',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'sources-import-no-tests',
      comment: 'tests may import anything; nothing imports tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'not-a-dependency',
      comment: 'the package.json of the workspace does not name this package',
      severity: 'error',
      from: { path: '^(packages|node|wallet)/', pathNot: '/kernel/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/(dist|generated/.*\\.d\\.ts)$' },
    enhancedResolveOptions: {
      conditionNames: ['@palmhold/source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
}
