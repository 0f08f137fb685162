import { describe, expect, it } from '@jest/globals';
import { accessViews } from './all.js';

describe('the views', () => {
  it('have each their own name', () => {
    const names = accessViews.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(accessViews)(
    '$name has indexes on its own columns only, and finds the rows of a person to forget',
    (view) => {
      const columns = new Set(Object.keys(view.columns));
      expect(view.indexes.flat().filter((column) => !columns.has(column))).toEqual([]);
      if (view.personal) expect(view.indexes.map(([first]) => first)).toContain(view.personal.byUser);
    },
  );
});
