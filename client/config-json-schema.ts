import { z } from 'zod';
import { configSchema } from '../model/config-schema.ts';

/** The JSON Schema of tidehouse.yaml, for editors and for checks before a deployment. */
export function configJsonSchema(): object {
  return {
    title: 'tidehouse.yaml',
    // Editors read draft 7.
    ...z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' }),
  };
}
