const table = `to_regclass(format('clean.%I', p.table_name))`;
const leafName = `'clean.' || p.table_name || '@' || p.source`;
const hash = `left(encode(sha256(convert_to(${leafName}, 'UTF8')), 'hex'), 12)`;

/**
 * SQL for a row `p` of ops.position: whether somebody has dropped the table in clean, or the source's leaf of it, that had these
 * rows. The leaf is looked up by its name, or by the hash of a name that was too long (see `leafName`); while somebody has
 * renamed a leaf of the table, none counts as dropped.
 */
export const isGone = `
  case (select relkind from pg_class where oid = ${table})
    when 'r' then false
    when 'p' then to_regclass(format('part.%I', ${leafName})) is null and not exists (
      select from pg_inherits
      where inhparent = ${table}
        and (inhrelid::regclass::text !~ '[@#]' or inhrelid::regclass::text like '%#' || ${hash} || '"')
    )
    else true
  end`;
