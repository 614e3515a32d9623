import { z } from 'zod';
import { configSchema } from '../model/config-schema.ts';

/** The parts of a JSON Schema that zod makes of the config. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The JSON Schema of tidehouse.yaml, for editors and for checks before a deployment. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    // Editors read draft 7.
    target: 'draft-7',
    // zod leaves out the examples of values that it transforms, lest they are of the other side: ours are of the input.
    override({ zodSchema, jsonSchema }) {
      const { examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return { title: 'tidehouse.yaml', ...schema } as JsonSchema;
}
