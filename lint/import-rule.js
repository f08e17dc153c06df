import { isBuiltin } from 'node:module';
import path from 'node:path';
import { exclusive, outsideSrc, rows } from './import-table.js';

/**
 * Holds src to lint/import-table.js. It resolves relative paths, so `../../src/storage/x.js` hides nothing, and sees
 * every way in: import, export from, import(), require, import = require, and import('x').T in a type.
 * ESLint's own no-restricted-imports matches the text of a path only and does not see the last four.
 */
export const importRule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { forbidden: "'{{name}}' is out of bounds here: {{why}}." },
  },
  create(context) {
    const file = toProjectPath(path.relative(context.cwd, context.filename));
    if (!file.startsWith('src/')) return {};

    function check(node, source, typeOnly) {
      const name = source?.value;
      const why = typeof name === 'string' ? fault(file, name, typeOnly) : computedFault(file);
      if (why)
        context.report({
          node,
          messageId: 'forbidden',
          data: { name: String(name ?? 'a computed path'), why },
        });
    }
    return {
      // `import { type T }` still loads the module under verbatimModuleSyntax: only `import type` is a type.
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ExportNamedDeclaration: (node) => node.source && check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source, false),
      TSExternalModuleReference: (node) => check(node, node.expression, node.parent.importKind === 'type'),
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal, true),
      "CallExpression[callee.name='require']": (node) => check(node, node.arguments[0], false),
    };
  },
};

function fault(file, name, typeOnly) {
  const target = name.startsWith('.')
    ? toProjectPath(path.posix.join(path.posix.dirname(file), name))
    : isBuiltin(name) && !name.startsWith('node:')
      ? `node:${name}`
      : name;
  if (matches(outsideSrc.entries, target)) return outsideSrc.why;
  const row = rows.find(({ folder }) => file.startsWith(folder));
  const allowed = row && [...row.values, ...(typeOnly ? (row.types ?? []) : [])];
  if (allowed && !matches(allowed, target)) return row.why;
  if (typeOnly) return undefined;
  return exclusive.find(
    ({ entries, files }) => matches(entries, target) && !files.some((start) => file.startsWith(start)),
  )?.why;
}

/** A path put together at run time cannot be judged, so the folders that have a row may not have one. */
function computedFault(file) {
  return rows.find(({ folder }) => file.startsWith(folder))?.why;
}

function matches(entries, target) {
  return entries.some((entry) =>
    entry === '*' || entry.endsWith('/') || entry.endsWith(':')
      ? entry === '*' || target.startsWith(entry)
      : target === entry || target.startsWith(`${entry}/`),
  );
}

function toProjectPath(file) {
  return file
    .split(path.sep)
    .join('/')
    .replace(/\.[cm]?[jt]s$/, '');
}
