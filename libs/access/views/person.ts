import { erasedText } from '#eventing/event-sealer.js';
import type { JsonObject } from '#eventing/json.js';
import { foldText, wordsOfTexts } from '#eventing/search-text.js';
import type { View } from '#eventing/view.js';

/** What is personal in rows of lists that sort and search by it. */
export type Person = { readonly firstName: string; readonly lastName: string; readonly email: string };

export const personOf = ({ firstName, lastName, email }: Person): Person => ({ firstName, lastName, email });

export const personColumns = { name: 'text', email: 'text' } as const;

export const personColumnsOf = ({ firstName, lastName, email }: Person): { name: string; email: string } => ({
  name: foldText(`${firstName} ${lastName}`),
  email: foldText(email),
});

export const personWords = ({ firstName, lastName, email }: Person): readonly string[] =>
  wordsOfTexts(firstName, lastName, email);

export const erasedPerson: Person = { firstName: erasedText, lastName: erasedText, email: erasedText };

/** How a view forgets a person; its rows have the column `userId`. */
export const forgetting = <Row extends JsonObject & Person>(): NonNullable<View<Row>['personal']> => ({
  byUser: 'userId',
  erased: ({ type, data }) => (type === 'UserErased' ? (data['userId'] as string) : undefined),
  scrub: (row) => ({ ...row, ...erasedPerson }),
});
