/** Rules that keep the clock, chance, the network and the environment out of the places that must not see them. */

const environment = {
  property: 'env',
  message: 'Only src/config/config.ts reads the environment; take the setting as a parameter.',
};

/** For src without src/config/config.ts. */
export const noEnvironment = {
  'no-restricted-properties': ['error', { object: 'process', ...environment }],
  'no-restricted-syntax': [
    'error',
    {
      selector: "MemberExpression[property.name='env'] > MemberExpression.object[property.name='process']",
      message: environment.message,
    },
    {
      selector: "ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name='env']",
      message: environment.message,
    },
    {
      selector: "ImportExpression:not([source.type='Literal'])",
      message: 'A path put together at run time cannot be judged (lint/imports.cjs).',
    },
    { selector: 'ExportAllDeclaration', message: 'Name what you export: no barrels.' },
    { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  ],
};

const chance = ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID', 'getRandomValues'];
const clockOrIo =
  'This file is pure: the same input gives the same output, today and tomorrow. Take it as a parameter.';

/** For the pure files, on top of noEnvironment. */
export const pure = {
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: clockOrIo },
    { object: 'Math', property: 'random', message: clockOrIo },
    ...chance.map((property) => ({ property, message: clockOrIo })),
  ],
  'no-restricted-syntax': [
    ...noEnvironment['no-restricted-syntax'],
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: clockOrIo },
    { selector: "CallExpression[callee.name='Date']", message: clockOrIo },
    {
      selector: `ImportDeclaration[source.value=/^(node:)?crypto$/] ImportSpecifier[imported.name=/^(${chance.join('|')}|webcrypto)$/]`,
      message: clockOrIo,
    },
  ],
  'no-restricted-globals': [
    'error',
    ...[
      'process',
      'globalThis',
      'performance',
      'crypto',
      'fetch',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
    ].map((name) => ({ name, message: clockOrIo })),
  ],
};

/** An exception to a rule is a decision; `// eslint-disable-next-line rule -- why` says the reason. */
export const disableWithReason = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { reason: 'Say why: eslint-disable… <rule> -- <reason>.' },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (!/^\s*eslint-disable/.test(comment.value)) continue;
          if (!/eslint-disable\S*\s+\S.*\s--\s+\S/.test(comment.value)) {
            context.report({ loc: comment.loc, messageId: 'reason' });
          }
        }
      },
    };
  },
};
