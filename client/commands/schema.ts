import { configJsonSchema } from '../config-json-schema.ts';
import type { Printer } from '../terminal/printer.ts';

/** Prints the JSON Schema of the config. */
export function schema(printer: Printer): void {
  const document = configJsonSchema();
  printer.result(document, JSON.stringify(document, undefined, 2));
}
