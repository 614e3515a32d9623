import { labelsOfSubject } from '../../model/search-attributes.ts';

test.each([
  ['source/shop', 'shop'],
  ['table/shop/sales.orders', 'shop'],
  ['clock/shop', 'shop'],
  ['columns/shop', 'shop'],
  ['row-count/shop', 'shop'],
  ['schedule/sync', undefined],
  ['warehouse', undefined],
])('the incident of %s is labelled with the source %s', (subject, source) => {
  expect(labelsOfSubject(subject)).toEqual({ subject, ...(source !== undefined && { source }) });
});

test('the incident of a place is labelled with the place', () => {
  expect(labelsOfSubject('place/minsk')).toEqual({ subject: 'place/minsk', place: 'minsk' });
});
