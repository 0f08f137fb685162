/** Text as it is sorted and searched, the same on every database: NFKD without marks, lower case. */
export const foldText = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** The words of texts, folded, for searches by the start of a word; an e-mail is one word. */
export const wordsOfTexts = (...texts: readonly string[]): readonly string[] => [
  ...new Set(texts.flatMap((text) => foldText(text).split(/\s+/u)).filter((word) => word !== '')),
];
