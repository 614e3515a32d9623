import type { Client } from 'pg';

/** Changes every table of a source with the session star: adds a session with an event and two payments, and changes the previous one. */
export async function visit(host: Client, id: number): Promise<void> {
  await host.query(`
    begin;
    update transactions set success = true where success is null;
    update user_sessions set active = false;
    insert into pages (id, name, created_at) values (${id}, 'page ${id}', now());
    insert into user_sessions (user_id, id, page_name, last_activity_at, created_at, updated_at)
    values (1, ${id}, 'page, "${id}"', now() + interval '1 hour', now(), now());
    insert into events (user_id, id, event_name, page_id, created_at) values (1, ${id}, 'open', ${id}, now());
    insert into transactions (id, user_id, created_at, amount, currency, success)
    values (${2 * id}, 1, now(), ${id}.50, 'USD', null), (${2 * id + 1}, 1, now(), ${id}, 'EUR', false);
    commit`);
}
