// Makes mongodb a replica set of one, and the user that Grantrail works as. Does no harm when it has done so before.
/* global connect, print, sleep */
const { MONGODB_ROOT_PASSWORD, MONGODB_PASSWORD } = process.env;
const admin = connect(`mongodb://root:${MONGODB_ROOT_PASSWORD}@mongodb:27017/admin?directConnection=true`);

const notYetInitialized = 94;
try {
  admin.runCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.code !== notYetInitialized) throw error;
  const members = [{ _id: 0, host: 'mongodb:27017' }];
  admin.runCommand({ replSetInitiate: { _id: 'grantrail', members } });
}
while (!admin.runCommand({ hello: 1 }).isWritablePrimary) sleep(200);

const roles = ['grantrail', 'grantrail-vault'].map((db) => ({ role: 'readWrite', db }));
const known = admin.getUser('grantrail') !== null;
admin.runCommand({ [known ? 'updateUser' : 'createUser']: 'grantrail', pwd: MONGODB_PASSWORD, roles });
print('mongodb is ready');
