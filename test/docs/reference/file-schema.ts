import { toJsonSchema } from '@valibot/to-json-schema';
import { fileSchema } from '../../../src/config/file/schema.js';

/** What editors complete and check fernlake.yaml by; published with the package. */
export const FILE_SCHEMA = 'fernlake.schema.json';

/** The part of JSON Schema that the file's needs. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: string | boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Rules that JSON Schema has no words for are left to fernlake itself. */
export function fileJsonSchema(): JsonSchema {
  const schema = toJsonSchema(fileSchema, { errorMode: 'ignore', target: 'draft-07' });
  return { ...(schema as JsonSchema), ...{ title: 'fernlake.yaml: what fernlake carries, and where to' } };
}
