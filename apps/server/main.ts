const oldestNode = [24, 16] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  process.stderr.write(
    `Grantrail needs Node ${oldestNode.join('.')} or later, this is ${process.versions.node}: start it with "npm start", which brings its own.\n`,
  );
  process.exit(1);
}
const { run } = await import('./run.js');
await run(process.env);
