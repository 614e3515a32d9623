-- Rows that a table leaves behind when the source renames it while a pattern chooses it.
alter table ops.orphan add column moved_to text;
comment on column ops.orphan.moved_to is 'The table as which the same relation of the source lands since it was renamed; null for others.';
