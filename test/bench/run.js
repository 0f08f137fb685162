// Runs a benchmark on the sources: node test/bench/run.js view-catch-up
import '../sources.js';

await import(`./${process.argv[2]}.ts`);
