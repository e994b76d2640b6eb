// `tsc -b` has already checked the types and emitted packages/*/build/*.js (+ maps) and dist/**/*.d.ts. Rollup turns
// that into the published ESM: one file per public entry with shared code in chunks, one minified bundle of the
// elements for pages without a build step (with chunks beside it for what is opened later), and the same as the
// dashboard's script.
import { readFileSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import resolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';

const root = path.dirname(fileURLToPath(import.meta.url));

const packages = {
  core: ['index', 'wire', 'testing'],
  'node-adapter': ['index', 'cli', 'yaml/yaml-worker'],
  client: ['index'],
  bullmq: ['index'],
  elements: [
    'index',
    'define',
    'model-sparkline/define',
    'model-settings/define',
    'model-details/define',
    'model-card/define',
    'attach-server/define',
    'endpoint-list/define',
    'model-grid/define',
    'model-toolbar/define',
    'llm-registry-table/define',
    'metrics-panel/define',
    'metrics-chart/define',
    'budget-bar/define',
    'job-form/define',
    'job-list/define',
    'task-card/define',
    'log-stream/define',
    'job-view/define',
    'model-telemetry/define',
    'corral-provider/define',
  ],
};

/** Reads the source map that tsc wrote beside each emitted file, so that Rollup's map leads to src/*.ts. */
const tscMaps = {
  name: 'tsc-maps',
  async load(id) {
    if (!/[\\/]packages[\\/][^\\/]+[\\/]build[\\/].*\.js$/.test(id)) return null;
    const [code, map] = await Promise.all([readFile(id, 'utf8'), readFile(`${id}.map`, 'utf8')]);
    return { code: code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), map: JSON.parse(map) };
  },
};

/**
 * eventemitter3's ESM entry imports CommonJS, which browsers and plain Rollup cannot load. Its dist folder has a real
 * ES module of 2 kB: that one is inlined.
 */
const eventemitter3 = {
  name: 'eventemitter3-esm',
  resolveId: (source) =>
    source === 'eventemitter3'
      ? path.join(root, 'node_modules/eventemitter3/dist/eventemitter3.esm.js')
      : null,
};

/**
 * Our own packages module by module: as the one file that they are published as, whatever a panel needs later would be
 * loaded with the page.
 */
const ownModules = {
  name: 'own-modules',
  resolveId: (source) => {
    const [, name] = /^@corral\/(core|client)$/.exec(source) ?? [];
    return name
      ? { id: path.join(root, 'packages', name, 'build/index.js'), moduleSideEffects: false }
      : null;
  },
};

function external(dir) {
  const pkg = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8'));
  const names = Object.keys({ ...pkg.dependencies, ...pkg.peerDependencies }).filter(
    (n) => n !== 'eventemitter3',
  );
  return (id) => id.startsWith('node:') || names.some((n) => id === n || id.startsWith(`${n}/`));
}

/** Our own warnings fail the build; those of dependencies do not. */
function onLog(level, log, handler) {
  const ours = !(log.ids ?? [log.id ?? '']).some((id) => id?.includes('/node_modules/'));
  if (!ours && (log.code === 'INVALID_ANNOTATION' || log.code === 'CIRCULAR_DEPENDENCY')) return;
  handler(level === 'warn' ? 'error' : level, log);
}

const library = ([name, entries]) => {
  const dir = path.join(root, 'packages', name);
  return {
    input: Object.fromEntries(entries.map((entry) => [entry, path.join(dir, 'build', `${entry}.js`)])),
    external: external(dir),
    onLog,
    plugins: [tscMaps, eventemitter3, resolve()],
    output: {
      dir: path.join(dir, 'dist'),
      format: 'es',
      sourcemap: true,
      entryFileNames: '[name].js',
      chunkFileNames: 'shared/[name]-[hash].js',
      hoistTransitiveImports: false,
    },
  };
};

/** The dashboard is that bundle and a page around it. */
const dashboardPage = {
  name: 'dashboard-page',
  writeBundle: ({ dir }) =>
    dir.endsWith('dashboard')
      ? cp(path.join(root, 'packages/node-adapter/dashboard'), dir, { recursive: true })
      : undefined,
};

/** @param outputs folders that each get the bundle */
const bundle = (name, entry, outputs) => ({
  input: { [name]: path.join(root, 'packages/elements/build', entry) },
  onLog,
  plugins: [
    tscMaps,
    ownModules,
    eventemitter3,
    resolve({ browser: true, exportConditions: ['production'] }),
    terser({ module: true, ecma: 2022, format: { comments: false } }),
    dashboardPage,
  ],
  output: outputs.map((dir) => ({
    dir: path.join(root, dir),
    format: 'es',
    sourcemap: true,
    entryFileNames: '[name].min.js',
    // What is loaded when it is opened; named after its bundle, for both bundles share a folder.
    chunkFileNames: `${name}-[name].min.js`,
  })),
});

export default [
  ...Object.entries(packages).map(library),
  bundle('corral', 'define.js', ['packages/elements/cdn', 'packages/node-adapter/dist/dashboard']),
  // For pages that bring their own data: no provider, no client.
  bundle('elements-only', 'model-grid/define.js', ['packages/elements/cdn']),
];
