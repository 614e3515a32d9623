-- Since a landing says it too, the first run after one need not look up the tables either.
comment on column ops.source.unchanged_while is 'The state of the server and the config for which every table has landed as it was found; null where a version before that landed it.';
