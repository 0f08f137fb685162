/** How much of a fault test is run: the whole of it (`GRANTRAIL_FAULTS=whole`, which `npm run faults` sets), or the part that every test run has time for. */
export const amount = ({ whole, part }: { readonly whole: number; readonly part: number }): number =>
  process.env['GRANTRAIL_FAULTS'] === 'whole' ? whole : part;
