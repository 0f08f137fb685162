const lib = (name) => `^libs/${name}/`;
const stores = 'store-sqlite|store-eventstoredb|store-mongodb|jobs-bullmq';
const drivers = '^(node:sqlite|sqlite)$|node_modules/(@eventstore|@grpc|google-protobuf|mongodb|bullmq|ioredis)/';
const nest = 'node_modules/(@nestjs|fastify|@fastify|class-validator|reflect-metadata)/';

/** Imports point one way: apps → access, delivery, platform, stores → eventing. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.(spec|contract)\\.ts$|main\\.ts$|^test/|json\\.ts$' },
      to: {},
    },
    {
      name: 'kernel-stands-alone',
      severity: 'error',
      from: { path: lib('eventing') },
      to: { path: '^(libs|apps|test)/', pathNot: lib('eventing') },
    },
    {
      name: 'ledger-stands-alone',
      severity: 'error',
      from: { path: lib('ledger') },
      to: { path: '^(libs|apps)/', pathNot: lib('ledger') },
    },
    {
      name: 'stores-know-the-kernel-only',
      severity: 'error',
      from: { path: `^libs/(${stores})/` },
      to: { path: '^(libs|apps)/', pathNot: `^libs/(eventing|${stores})/` },
    },
    {
      name: 'privacy-knows-the-kernel-only',
      severity: 'error',
      from: { path: lib('privacy') },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(eventing|privacy)/' },
    },
    {
      name: 'platform-knows-no-product',
      severity: 'error',
      from: { path: lib('platform') },
      to: { path: '^(libs/(access|delivery)|apps)/' },
    },
    {
      name: 'access-knows-no-delivery',
      severity: 'error',
      from: { path: lib('access') },
      to: { path: lib('delivery') },
    },
    {
      name: 'libs-know-no-app',
      severity: 'error',
      from: { path: '^libs/', pathNot: `^libs/(${stores})/.*\\.spec(-kit)?\\.ts$` },
      to: { path: '^(apps|test)/', pathNot: '^test/golden/' },
    },
    {
      name: 'store-specs-know-test-servers',
      severity: 'error',
      from: { path: `^libs/(${stores})/.*\\.spec(-kit)?\\.ts$` },
      to: { path: '^(apps|test)/', pathNot: '^test/servers/' },
    },
    {
      name: 'only-apps-know-stores',
      severity: 'error',
      from: { path: '^libs/', pathNot: `^libs/(${stores})/|\\.spec\\.ts$` },
      to: { path: `^libs/(${stores})/` },
    },
    {
      name: 'kernel-without-frameworks',
      severity: 'error',
      from: { path: '^libs/(eventing|ledger|privacy)/' },
      to: { path: `${nest}|${drivers}` },
    },
    {
      name: 'domain-without-frameworks',
      severity: 'error',
      from: { path: '^libs/access/(account|application|role|user|platform|api-key|views)/' },
      to: { path: `${nest}|${drivers}` },
    },
    {
      name: 'servers-behind-one-door',
      severity: 'error',
      from: { path: '^apps/', pathNot: '^apps/server/distributed-engines\\.ts$|\\.spec\\.ts$' },
      to: { path: '^libs/(store-eventstoredb|store-mongodb|jobs-bullmq)/' },
    },
    {
      name: 'servers-loaded-on-demand',
      severity: 'error',
      from: {},
      to: { path: '^apps/server/distributed-engines\\.ts$', dynamic: false },
    },
    {
      name: 'drivers-in-their-adapter-only',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: `^libs/(${stores})/` },
      to: { path: drivers },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
