import { OneOf, Text } from '#platform/fields.js';

/** Somebody who decided: a person, an API key, or Grantrail itself. */
export class Actor {
  @OneOf(['user', 'service', 'system']) readonly kind!: string;
  @Text({ max: 100 }) readonly id!: string;
  @Text({ max: 201 }) readonly name!: string;
}
