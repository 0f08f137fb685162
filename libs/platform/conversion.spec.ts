import { describe, expect, it } from '@jest/globals';
import { ConvertedText, instanceOf } from './conversion.js';

class Parent {
  @ConvertedText((text) => text.trim()) name?: string;
  @ConvertedText((text) => (text === '' ? undefined : text)) sort: string = 'name';
}
class Child extends Parent {
  @ConvertedText((text) => text.toUpperCase()) declare name?: string;
  @ConvertedText(Number) limit?: number;
}
class Grandchild extends Child {
  note?: string;
}

describe('an instance of a class', () => {
  it('has what was sent, converted as the class says or the nearest that it extends', () => {
    expect(instanceOf(Grandchild, { name: ' a ', limit: '7', note: ' n ' })).toEqual({
      name: ' A ',
      limit: 7,
      note: ' n ',
      sort: 'name',
    });
    expect(instanceOf(Parent, { name: ' a ', limit: '7' })).toEqual({ name: 'a', limit: '7', sort: 'name' });
    expect(instanceOf(Grandchild, {})).toBeInstanceOf(Child);
  });

  it('keeps its initial value where nothing was sent, or nothing came of it', () => {
    expect(instanceOf(Parent, {}).sort).toBe('name');
    expect(instanceOf(Parent, { sort: '' }).sort).toBe('name');
    expect(instanceOf(Parent, { sort: '-name' }).sort).toBe('-name');
  });

  it('leaves to the check what is no text', () => {
    expect(instanceOf(Parent, { name: 7, sort: null })).toMatchObject({ name: 7, sort: null });
  });
});
