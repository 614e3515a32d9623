import { readFile, writeFile } from 'node:fs/promises';
import { freePorts } from './free-port.ts';

/** A free port for each name: the same as last time, stored in `file`, if it is still free. */
export async function keptPorts<Name extends string>(
  file: string,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  type Kept = Partial<Record<Name, number>>;
  const before: Kept = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Kept,
    (): Kept => ({}),
  );
  const preferred = Object.fromEntries(names.map((name) => [name, before[name]]));
  const ports = await freePorts(preferred as Record<Name, number | undefined>);
  await writeFile(file, JSON.stringify(ports));
  return ports;
}
