const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^#(.*)\\.js$': '<rootDir>/libs/$1.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'nodenext' },
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist'],
};

/** @type {import('jest').Config} */
export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps,test/deploy}/**/*.spec.ts'] },
    { ...shared, displayName: 'simulators', testMatch: ['<rootDir>/test/simulators/**/*.spec.ts'] },
    { ...shared, displayName: 'system', testMatch: ['<rootDir>/test/system/**/*.spec.ts'] },
    { ...shared, displayName: 'distributed', testMatch: ['<rootDir>/test/distributed/**/*.spec.ts'] },
    { ...shared, displayName: 'faults', testMatch: ['<rootDir>/test/faults/embedded/**/*.spec.ts'] },
    { ...shared, displayName: 'faults-distributed', testMatch: ['<rootDir>/test/faults/distributed/**/*.spec.ts'] },
  ],
};
