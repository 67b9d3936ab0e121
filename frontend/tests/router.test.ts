import { describe, expect, test } from 'vitest';
import { pathTo, routeOf } from '../src/lib/router';

describe('paths', () => {
  test('each page has one, with or without a slash at the end', () => {
    expect(routeOf('/')).toEqual({ page: 'start' });
    expect(routeOf('/interviews/aB3_-x')).toEqual({ page: 'interview', id: 'aB3_-x' });
    expect(routeOf('/interviews/aB3_-x/')).toEqual({ page: 'interview', id: 'aB3_-x' });
    expect(routeOf('/interviews/aB3_-x/report')).toEqual({ page: 'report', id: 'aB3_-x' });
  });

  test('what is built is what is read', () => {
    expect(routeOf(pathTo.start)).toEqual({ page: 'start' });
    expect(routeOf(pathTo.interview('id'))).toEqual({ page: 'interview', id: 'id' });
    expect(routeOf(pathTo.report('id'))).toEqual({ page: 'report', id: 'id' });
  });

  test('anything else is unknown', () => {
    for (const path of ['/interviews', '/interviews/', '/interviews/a/b', '/interviews/a b', '/interviews/<x>', '/Interviews/a', '/x'])
      expect(routeOf(path)).toEqual({ page: 'unknown', path });
  });
});
