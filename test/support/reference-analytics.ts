import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';

const reference = readFileSync(join(__dirname, 'reference-analytics.sql'), 'utf8');

/** The same columns as the reference, from the analysts' views. */
const asTheyAre = `
  select a.project, a.user_id, a.id, e.amount_of_events_in_session,
         u.sum_in_usd, a.amount_of_transactions_in_session, u.successful_transactions, u.unpriced_transactions,
         f.id as first_id, a.first_successful_transaction, f.amount_in_usd,
         d.id as first_usd_id, a.first_successful_transaction_in_usd,
         a.page_name, a.active, a.created_at, a.last_activity_at, a.updated_at
  from session_analytics a
  join user_sessions_with_events_count e using (project, user_id, id)
  join sum_of_transactions_in_session u on (u.project, u.user_id, u.session_id) = (a.project, a.user_id, a.id)
  left join first_successful_transaction f on (f.project, f.user_id, f.session_id) = (a.project, a.user_id, a.id)
  left join first_successful_transaction_in_usd d on (d.project, d.user_id, d.session_id) = (a.project, a.user_id, a.id)`;

/** The sessions in which the views differ from the reference; empty when they are right. */
export async function wrongSessions(warehouse: Client): Promise<string[]> {
  const { rows } = await warehouse.query<{ row: string }>(`
    with expected as (${reference}), found as (${asTheyAre})
    (select 'expected ' || e::text as row from expected e except select 'expected ' || f::text from found f)
    union all
    (select 'found ' || f::text from found f except select 'found ' || e::text from expected e)`);
  return rows.map(({ row }) => row);
}
