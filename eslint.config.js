import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import * as lit from 'eslint-plugin-lit';
import * as litA11y from 'eslint-plugin-lit-a11y';
import * as wc from 'eslint-plugin-wc';
import ts from 'typescript-eslint';

const plugin = (module) => module.default ?? module;
const tests = ['**/*.test.ts', '**/*.fixture.ts'];
const nodeGlobals = [
  'process',
  'console',
  'URL',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'fetch',
  'Buffer',
];

export default defineConfig(
  globalIgnores([
    '**/dist/',
    '**/build/',
    '**/cdn/',
    '**/types/',
    '**/editor/',
    'storybook-static/',
    'coverage/',
    '.cache/',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: Object.fromEntries([...nodeGlobals, 'module'].map((name) => [name, 'readonly'])),
    },
  },
  {
    files: ['packages/node-adapter/dashboard/*.js'],
    languageOptions: {
      globals: { document: 'readonly', customElements: 'readonly', sessionStorage: 'readonly' },
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: tests,
    extends: [ts.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['packages/*/tsconfig.json', 'tsconfig.tests.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A method of an async face may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Control characters in patterns are what some of our code is about.
      'no-control-regex': 'off',
    },
  },
  {
    files: [
      ...tests,
      'stories/**/*.ts',
      'scripts/**/*.ts',
      'bench/**/*.ts',
      'e2e/**/*.ts',
      'examples/**/*.ts',
      '*.ts',
      '.storybook/*.ts',
    ],
    extends: [ts.configs.strict],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'no-control-regex': 'off' },
  },
  {
    files: ['packages/elements/**/*.ts', 'stories/**/*.ts', 'examples/**/*.ts'],
    plugins: { lit: plugin(lit), 'lit-a11y': plugin(litA11y), wc: plugin(wc) },
    rules: {
      ...plugin(lit).configs['flat/recommended'].rules,
      ...plugin(litA11y).configs.recommended.rules,
      ...(plugin(wc).configs['flat/best-practice']?.rules ?? {}),
      // Knows neither Lit's classes nor ours.
      'wc/guard-super-call': 'off',
    },
  },
);
