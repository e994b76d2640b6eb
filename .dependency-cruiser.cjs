/** One import direction: core <- {node-adapter, client, bullmq}; {core, client} <- elements; everything <- the rest. */
const pkg = (names) => `^packages/(${names})/`;
const test = '[.](test|fixture)[.]ts$';
const product = (names) => ({ path: `${pkg(names)}src`, pathNot: test });
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: { pathNot: test }, to: { circular: true } },
    { name: 'core-is-the-bottom', severity: 'error', from: product('core'), to: { path: '^packages/(?!core/)' } },
    { name: 'client-uses-core-only', severity: 'error', from: product('client'), to: { path: '^packages/(?!client/|core/)' } },
    { name: 'elements-use-core-and-client', severity: 'error', from: product('elements'), to: { path: '^packages/(?!elements/|core/|client/)' } },
    { name: 'only-the-provider-uses-the-client', severity: 'error', from: { path: `${pkg('elements')}src`, pathNot: [test, 'elements/src/corral-provider/'] }, to: { path: '^packages/client/' } },
    { name: 'node-adapter-uses-core-only', severity: 'error', from: product('node-adapter'), to: { path: '^packages/(?!node-adapter/|core/)' } },
    { name: 'bullmq-uses-core-only', severity: 'error', from: product('bullmq'), to: { path: '^packages/(?!bullmq/|core/)' } },
    { name: 'no-node-builtins-outside-the-adapter', severity: 'error', from: product('core|client|elements'), to: { dependencyTypes: ['core'] } },
    { name: 'no-deep-imports', severity: 'error', from: { path: '^packages/([^/]+)/src', pathNot: test }, to: { path: '^packages/(?!$1/)[^/]+/(src|dist)/(?!(index|wire|testing)[.])' } },
    { name: 'no-wire-schemas-in-elements', severity: 'error', from: product('elements'), to: { path: '^packages/core/src/wire' } },
    { name: 'no-testing-code-in-products', severity: 'error', from: { path: '^packages/(?!testkit/)[^/]+/src', pathNot: [test, 'core/src/testing'] }, to: { path: ['^packages/testkit/', 'core/src/testing'] } },
    { name: 'declared-dependencies-only', severity: 'error', from: product('[^/]+'), to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] } },
    { name: 'not-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|build|cdn|node_modules/(?!@corral))/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.tests.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@corral/source', 'import', 'types', 'node', 'default'], extensions: ['.ts', '.js', '.mjs'] },
  },
};
