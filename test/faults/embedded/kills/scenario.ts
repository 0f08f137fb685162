/** What the scenario's child says, a line of JSON each. */
export type Said =
  /** When it could be asked (epoch ms), and for how long it had waited for processors that others had. */
  | { readonly ready: number; readonly processorWaitMs: number }
  /** A command was answered. */
  | { readonly key: string; readonly ids: readonly string[]; readonly position: string }
  /** Whether a view is as a rebuild makes it. */
  | { readonly view: string; readonly equal: boolean };

/** The length that the marker file is given at each place of the scenario. */
export const marks = { opened: 1, played: 2, indexing: 3, indexed: 4, switching: 5, switched: 6, closing: 7 } as const;
