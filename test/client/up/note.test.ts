import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readUpNote, removeUpNote, writeUpNote } from '../../../client/up/note.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidehouse-note-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const note = {
  pid: 42,
  startedAt: '2026-11-24T17:41:57.000Z',
  webUi: 'http://127.0.0.1:8233',
  temporalCli: '/opt/temporal',
  worker: 43,
};

test('a note is read back as written, until it is removed', () => {
  expect(readUpNote(folder)).toBeUndefined();
  writeUpNote(folder, note);
  expect(readUpNote(folder)).toEqual(note);
  removeUpNote(folder);
  removeUpNote(folder);
  expect(readUpNote(folder)).toBeUndefined();
});

test.each(['', '{"pid":42,', '{"pid":0}', '{"pid":42,"worker":"all"}', 'null'])(
  'an incomplete or invalid note is ignored: %j',
  (text) => {
    writeFileSync(join(folder, 'up.json'), text);
    expect(readUpNote(folder)).toBeUndefined();
  },
);
