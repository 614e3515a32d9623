import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { openLeaves } from '../support/leaves.ts';
import { wrongSessions } from '../support/reference-analytics.ts';
import { relationOf, shapes, warehouseOf } from '../support/shape.ts';
import { openStar } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { runActivity } from '../support/sync-once.ts';

const projects = ['project_a', 'project_b'];

describe.each(shapes)('in %s, the metrics are right after the refresh that follows', (shape) => {
  let star: Star;

  beforeAll(async () => {
    star = await openStar({ hosts: projects, warehouse: await warehouseOf(shape) });
    if (shape === 'leaves') await openLeaves(star.warehouse, projects);
  });
  afterAll(() => star.close());

  /** Two users with three sessions in each project, each an hour long, and in each an event and a payment. */
  beforeEach(async () => {
    await star.warehouse.query(`
      delete from clean.events; delete from clean.transactions; delete from clean.user_sessions;
      insert into clean.user_sessions (project, user_id, id, page_name, created_at, last_activity_at, batch)
      select p, u, i, 'page', t, t + interval '1 hour', 'b'
      from unnest(array['project_a', 'project_b']) p, generate_series(1, 2) u, generate_series(1, 3) i,
           lateral (select timestamp '2026-01-01' + i * interval '2 hours' as t) s;
      insert into clean.events (project, user_id, id, event_name, created_at, batch)
      select project, user_id, id, 'open', created_at + interval '1 minute', 'b' from clean.user_sessions;
      insert into clean.transactions (project, user_id, id, created_at, amount, currency, success, batch)
      select project, user_id, id, created_at + interval '2 minutes', id, 'USD', true, 'b' from clean.user_sessions`);
    await refresh();
  });

  /** As runs of both sources do. */
  const refresh = async () => {
    for (const source of projects) await runActivity(star.activities.refreshViews, { source });
  };
  const leaf = (name: string) => relationOf(shape, { schema: 'clean', name }, 'project_a');

  const changes: readonly (readonly [string, (client: Client) => Promise<unknown>])[] = [
    ...(
      [
        [
          'sessions inserted',
          `insert into clean.user_sessions (project, user_id, id, created_at, last_activity_at, batch)
           select project, user_id, id + 10, created_at - interval '10 minutes', last_activity_at, 'mine' from clean.user_sessions`,
        ],
        [
          'events inserted',
          `insert into clean.events (project, user_id, id, event_name, created_at, batch)
           select project, user_id, id + 10, 'mine', created_at + interval '5 minutes', 'mine' from clean.events`,
        ],
        [
          'payments updated',
          `update clean.transactions set amount = amount * 2, success = id <> 2, currency = case id when 3 then 'EUR' else 'USD' end`,
        ],
        [
          'events moved to another session',
          `update clean.events set created_at = created_at + interval '2 hours'`,
        ],
        [
          'events moved to another user',
          `update clean.events set user_id = 3 - user_id, id = id + 10 where user_id = 1`,
        ],
        [
          'windows moved',
          `update clean.user_sessions set created_at = created_at + interval '90 seconds' where id < 3`,
        ],
        ['sessions given another key', `update clean.user_sessions set id = id + 10 where id = 2`],
        ['events deleted', `delete from clean.events where id = 1`],
        ['sessions deleted', `delete from clean.user_sessions where id = 1`],
        [
          'everything of a user deleted in one transaction',
          `begin; delete from clean.user_sessions where user_id = 1; delete from clean.events where user_id = 1; commit`,
        ],
        [
          'events merged',
          `merge into clean.events e
           using (select p, i from unnest(array['project_a', 'project_b']) p, generate_series(1, 6) i) n
           on e.project = n.p and e.user_id = 1 and e.id = n.i
           when matched and e.id = 1 then delete
           when matched then update set created_at = timestamp '2026-01-01 02:30'
           when not matched then insert (project, user_id, id, event_name, created_at, batch)
             values (n.p, 1, n.i, 'merged', timestamp '2026-01-01 04:30', 'mine')`,
        ],
        [
          'sessions merged',
          `merge into clean.user_sessions s
           using (select p, i from unnest(array['project_a', 'project_b']) p, generate_series(1, 6) i) n
           on s.project = n.p and s.user_id = 1 and s.id = n.i
           when matched and s.id = 1 then delete
           when matched then update set last_activity_at = s.last_activity_at + interval '3 hours'
           when not matched then insert (project, user_id, id, created_at, last_activity_at, batch)
             values (n.p, 1, n.i, timestamp '2026-01-01 04:00', timestamp '2026-01-01 05:00', 'mine')`,
        ],
        [
          'events moved to another project',
          `update clean.events set project = 'project_b', id = id + 10 where project = 'project_a' and user_id = 1`,
        ],
        [
          'payments moved to another project',
          `update clean.transactions set project = 'project_b', id = id + 10 where project = 'project_a'`,
        ],
        [
          'sessions moved to another project',
          `update clean.user_sessions set project = 'project_b', id = id + 10 where project = 'project_a' and user_id = 1`,
        ],
        [
          'a session moved away and back with another window',
          `update clean.user_sessions set project = 'project_b', id = 10 where project = 'project_a' and (user_id, id) = (1, 1);
           update clean.user_sessions set project = 'project_a', id = 1, last_activity_at = created_at where project = 'project_b' and id = 10`,
        ],
      ] as const
    ).map(([title, sql]) => [title, (client: Client) => client.query(sql)] as const),
    [
      'events copied in',
      (client) =>
        copyIn(
          client,
          'clean.events (project, user_id, id, event_name, created_at, batch)',
          projects.map((project) => `${project},1,11,copied,2026-01-01 02:10,mine\n`),
        ),
    ],
    [
      'sessions copied in',
      (client) =>
        copyIn(
          client,
          'clean.user_sessions (project, user_id, id, created_at, last_activity_at, batch)',
          projects.map((project) => `${project},1,11,2026-01-01 02:00,2026-01-01 09:00,mine\n`),
        ),
    ],
    [
      'rows written to the table of one source itself',
      (client) =>
        client.query(`
          insert into ${leaf('events')} (project, user_id, id, event_name, created_at, batch)
          values ('project_a', 1, 11, 'mine', '2026-01-01 02:10', 'mine');
          update ${leaf('transactions')} set amount = 7 where project = 'project_a' and user_id = 2;
          update ${leaf('user_sessions')} set id = 12 where project = 'project_a' and (user_id, id) = (2, 2);
          delete from ${leaf('user_sessions')} where project = 'project_a' and (user_id, id) = (1, 3)`),
    ],
  ];

  test.each(changes)('%s', async (_, change) => {
    await change(star.warehouse);
    const stale = await wrongSessions(star.warehouse);
    await refresh();
    expect(await wrongSessions(star.warehouse)).toEqual([]);
    const { rows: notes } = await star.warehouse.query('select * from analytics.changed_session');
    expect(notes).toEqual([]);
    expect(stale).not.toEqual([]);
  });
});

async function copyIn(client: Client, into: string, lines: readonly string[]): Promise<void> {
  await pipeline(Readable.from(lines), client.query(copyFrom(`copy ${into} from stdin (format csv)`)));
}
