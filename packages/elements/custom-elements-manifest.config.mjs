import { readFileSync, writeFileSync } from 'node:fs';
import { jsxTypesPlugin } from '@wc-toolkit/jsx-types';
import { customElementJetBrainsPlugin } from 'custom-element-jet-brains-integration';
import { customElementVsCodePlugin } from 'custom-element-vs-code-integration';

/** Importing a class registers nothing, so the tag of a class stands in the `define.ts` beside it. */
const tagsFromDefineModules = {
  name: 'tags-from-define-modules',
  packageLinkPhase({ customElementsManifest }) {
    const { modules } = customElementsManifest;
    for (const module of modules) {
      const [, folder] = /^src\/([^/]+)\/define\.ts$/.exec(module.path) ?? [];
      if (!folder) continue;
      const path = `src/${folder}/${folder}.ts`;
      const element = modules
        .find((other) => other.path === path)
        ?.declarations?.find((declaration) => declaration.customElement);
      if (!element) throw new Error(`Expected ${path} to declare the element that ${module.path} registers`);
      element.tagName = folder;
      module.exports = [
        {
          kind: 'custom-element-definition',
          name: folder,
          declaration: { name: element.name, module: path },
        },
      ];
    }
    // What is not exported is no API; the classes and tags that `defineAll` makes are none either.
    for (const module of modules) {
      module.declarations = module.declarations?.filter(({ name }) =>
        module.exports?.some((exported) => exported.kind === 'js' && exported.declaration?.name === name),
      );
      module.exports = module.exports?.filter(
        ({ kind, name }) => kind !== 'custom-element-definition' || module.path === `src/${name}/define.ts`,
      );
    }
  },
};

/** Names the published modules in place of the sources, and leaves out what nobody else may use. */
const published = {
  name: 'published',
  packageLinkPhase({ customElementsManifest }) {
    renamePaths(customElementsManifest);
    for (const module of customElementsManifest.modules) {
      for (const declaration of module.declarations ?? []) {
        declaration.members = declaration.members?.filter(isPublic);
        declaration.attributes = declaration.attributes?.filter(
          ({ fieldName }) => !fieldName || declaration.members?.some(({ name }) => name === fieldName),
        );
      }
    }
    customElementsManifest.modules.sort((a, b) => (a.path < b.path ? -1 : 1));
  },
};

function renamePaths(value) {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if ((key === 'path' || key === 'module') && typeof inner === 'string') {
      value[key] = inner.replace(/^\/?src\/(.*)\.[jt]s$/, 'dist/$1.js');
    } else renamePaths(inner);
  }
}

/** Lit's own callbacks and what the kit's classes say to each other are no API of a page. */
const lifecycle = new Set([
  'connectedCallback',
  'disconnectedCallback',
  'createRenderRoot',
  'update',
  'willUpdate',
  'shouldUpdate',
  'render',
  'styles',
  'draw',
]);

function isPublic({ name, privacy }) {
  return privacy !== 'private' && privacy !== 'protected' && !name.startsWith('#') && !lifecycle.has(name);
}

/** The JSX types name the event classes and do not import them; without the import every handler would be an error. */
const eventImports = {
  name: 'event-imports',
  packageLinkPhase({ customElementsManifest: { modules } }) {
    const types = readFileSync('types/jsx.d.ts', 'utf8');
    const imports = modules.flatMap(({ path, declarations = [] }) => {
      const used = declarations.map(({ name }) => name).filter((name) => types.includes(`(e: ${name})`));
      return used.length > 0 ? [`import type { ${used.join(', ')} } from '../${path}';\n`] : [];
    });
    writeFileSync('types/jsx.d.ts', imports.join('') + types);
  },
};

export default {
  globs: ['src/**/*.ts'],
  exclude: ['src/**/*.test.ts', 'src/**/*.fixture.ts'],
  outdir: '.',
  litelement: true,
  packagejson: false,
  dependencies: false,
  plugins: [
    tagsFromDefineModules,
    published,
    customElementVsCodePlugin({
      outdir: 'editor',
      htmlFileName: 'vscode.html-custom-data.json',
      cssFileName: 'vscode.css-custom-data.json',
    }),
    customElementJetBrainsPlugin({ outdir: 'editor', packageJson: false }),
    jsxTypesPlugin({
      outdir: 'types',
      fileName: 'jsx.d.ts',
      componentTypePath: (_, tag) => `../dist/${tag}/${tag}.js`,
    }),
    eventImports,
  ],
};
