import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Each folder may import only from those beneath it: client → local → worker → activities → model. */
const mayNotImport = {
  model: ['workflows', 'activities', 'worker', 'client', 'local'],
  workflows: ['worker', 'client', 'local'],
  activities: ['workflows', 'worker', 'client', 'local'],
  worker: ['client', 'local'],
  local: ['client'],
};

const layers = Object.entries(mayNotImport).map(([folder, above]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: above.map((name) => `**/${name}/**`),
            message: `${folder}/ stands below what it imports here.`,
          },
          ...(folder === 'model' || folder === 'workflows'
            ? [{ group: ['node:*', 'fs', 'path', 'pg'], message: `${folder}/ has no effects.` }]
            : []),
          ...(folder === 'workflows'
            ? [
                {
                  group: [
                    '**/activities/**',
                    '@temporalio/client',
                    '@temporalio/worker',
                    '@temporalio/activity',
                  ],
                  allowTypeImports: true,
                  message: 'A workflow knows activities only as a type.',
                },
              ]
            : []),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.tidehouse', '.cache', '**/*.mjs'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only an entry point ends the process.' },
      ],
    },
  },
  ...layers,
  { files: ['**/main.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['workflows/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'process', 'console', 'fetch', 'setInterval'] },
  },
);
