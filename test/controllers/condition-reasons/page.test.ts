/** The page of reasons as a whole; its tables are checked by the tests that provoke what is in them. */

import { expect, it } from 'vitest';
import { factsOf, pageOf, pageText, readPage, SECTIONS } from './page.ts';

it('has a section for each kind, and a row with a message for each of its reasons', () => {
  const sections = readPage();
  expect(pageText()).toBe(pageOf(sections));
  expect([...sections.keys()]).toEqual(SECTIONS);
  for (const section of SECTIONS) {
    const rows = (sections.get(section) ?? '').split('\n').slice(2);
    const ids = rows.map((row) => {
      const [type = '', , reason] = row.split(' | ');
      return `${type.replace('| ', '')} ${reason}`;
    });
    expect(ids).toEqual([...factsOf(section).keys()]);
  }
});
