-- With it a run knows, without looking up the tables of a source, that none of them can have changed.
alter table ops.source add column unchanged_while text;

comment on column ops.source.unchanged_while is 'The state of the server and the config for which a run found every table as it had landed; null when none has since the last landing.';
