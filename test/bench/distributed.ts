/** All benchmarks of the distributed profile, one after another. */
for (const name of ['append-cost', 'cost-growth', 'view-catch-up', 'job-throughput', 'check-cost']) {
  process.stdout.write(`\n── ${name}\n`);
  await import(`./${name}.js`);
}
export {};
