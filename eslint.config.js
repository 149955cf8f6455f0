import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const MAX_FUNCTION_LINES = 70;

/**
 * Like max-lines-per-function, but for the callback of a describe: that is a chapter, not a function.
 * Comments and blank lines count.
 */
const maxFunctionLines = {
  create(context) {
    const check = (node) => {
      const lines = node.loc.end.line - node.loc.start.line + 1;
      const call =
        node.parent?.type === 'CallExpression' ? context.sourceCode.getText(node.parent.callee) : '';
      if (lines <= MAX_FUNCTION_LINES || /(^|[.])describe$/.test(call)) return;
      context.report({
        node,
        message: `This function has ${lines} lines: over ${MAX_FUNCTION_LINES} it wants to be two things.`,
      });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '.stack*/',
      '.cache/',
      'services/*/src/storage/prisma/',
      'console/web/dist*/',
    ],
  },
  {
    files: ['**/*.ts', '**/*.mts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './console/web/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { house: { rules: { 'max-function-lines': maxFunctionLines } } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
      // Rows and JSON come in as `any` at the edges, where they get their type by assignment.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      // An interface's async method need not await.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      'prefer-const': 'error',
      'house/max-function-lines': 'error',
      'max-lines': ['error', { max: 340, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    // Code is wrapped by prettier (printWidth), which leaves comments as they are.
    rules: {
      'max-len': [
        'error',
        {
          code: 110,
          comments: 110,
          ignoreStrings: true,
          ignoreTemplateLiterals: true,
          ignoreRegExpLiterals: true,
        },
      ],
    },
  },
  {
    files: [
      'services/*/src/domain/**',
      'packages/saga/src/{define,react,moves,state,release}.ts',
      'services/saga-orchestrator/src/sagas/**',
      'console/src/{projection,story}/**',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Decisions are pure: the clock is passed in.',
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Decisions are pure: the clock is passed in.',
        },
        {
          selector: "CallExpression[callee.name='randomUUID']",
          message: 'Decisions are pure: ids are passed in.',
        },
        { selector: 'AwaitExpression', message: 'Decisions are pure: nothing is awaited.' },
      ],
    },
  },
  {
    // Where messages are made and decided about nothing is `any`: its data would pass unchecked.
    files: ['contracts/src/**', 'services/*/src/*.ts', 'services/*/src/{domain,sagas,http}/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
    },
  },
  {
    files: ['console/web/src/**'],
    extends: [reactHooks.configs.flat['recommended-latest'] ?? reactHooks.configs.flat.recommended],
  },
  {
    // node:test's describe and it return promises that the runner waits for.
    files: ['**/test/**/*.ts', '**/*.test.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'describe', 'it', 'before', 'after', 'suite'],
            },
          ],
        },
      ],
    },
  },
);
