import type { SearchAttributePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import { partsOf } from './incident.ts';

/** What a run says about itself in Temporal's list of runs. */
export interface Labels {
  readonly source?: string;
  readonly place?: string;
  /** The subject of an incident. */
  readonly subject?: string;
  /** Rows that were inserted, updated or deleted. */
  readonly landedRows?: number;
  /** How far behind `complete_through` was when it landed, in seconds. */
  readonly lagSeconds?: number;
}

const keys = {
  source: defineSearchAttributeKey('Source', 'KEYWORD'),
  place: defineSearchAttributeKey('Place', 'KEYWORD'),
  subject: defineSearchAttributeKey('Subject', 'KEYWORD'),
  landedRows: defineSearchAttributeKey('LandedRows', 'INT'),
  lagSeconds: defineSearchAttributeKey('LagSeconds', 'INT'),
} as const;

/** The types of the search attributes, by name. */
export const searchAttributeTypes = Object.fromEntries(
  Object.values(keys).map(({ name, type }) => [name, type]),
);

/** Temporal's databases hold no longer keyword. */
const maxKeyword = 255;

/**
 * The search attributes that carry `labels`. Temporal refuses those that the namespace does not have, so `registered` has
 * the names of the others; without it there are none.
 */
export function searchAttributesOf(
  registered: readonly string[] | undefined,
  labels: Labels,
): SearchAttributePair[] {
  const values = Object.entries(labels) as [keyof Labels, string | number][];
  return values
    .map(([label, value]) => ({
      key: keys[label],
      value: typeof value === 'string' ? value.slice(0, maxKeyword) : value,
    }))
    .filter(({ key }) => registered?.includes(key.name)) as SearchAttributePair[];
}

/** The types of subjects that belong to a source, whose name is the first part of theirs. */
const ofSources = [
  'source',
  'table',
  'row-count',
  'long-transaction',
  'audit',
  'clock',
  'columns',
  'deletes',
  'quarantine',
  'orphans',
];

/** The labels of an incident: its subject, and the source or place that it belongs to. */
export function labelsOfSubject(subject: string): Labels {
  const { type, name } = partsOf(subject);
  return {
    subject,
    ...(ofSources.includes(type) && { source: name.split('/')[0]! }),
    ...(type === 'place' && { place: name }),
  };
}
