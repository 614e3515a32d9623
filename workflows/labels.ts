import { upsertSearchAttributes } from '@temporalio/workflow';
import type { Listed } from '../model/runs.ts';
import type { Labels } from '../model/search-attributes.ts';
import { searchAttributesOf } from '../model/search-attributes.ts';

/** Labels this run in Temporal's list, by those search attributes that the namespace has. */
export function label(registered: readonly string[] | undefined, labels: Labels): void {
  const pairs = searchAttributesOf(registered, labels);
  if (pairs.length > 0) upsertSearchAttributes(pairs);
}

/** The options of a child that is labelled from its start. */
export function labelled(registered: readonly string[] | undefined, labels: Labels) {
  const typedSearchAttributes = searchAttributesOf(registered, labels);
  return typedSearchAttributes.length > 0 ? { typedSearchAttributes } : {};
}

/** What an activity listed. Runs of an earlier version have a list of names in their history. */
export function listedBy(listed: Listed | readonly string[]): Listed {
  return 'names' in listed ? listed : { names: listed, searchAttributes: [] };
}
