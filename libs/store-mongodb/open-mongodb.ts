import type { Vault } from '#eventing/vault.js';
import type { ViewStore } from '#eventing/view-store.js';
import { databaseName, type ConnectionOptions } from './connection.js';
import { mongodbVault } from './vault.js';
import { mongodbViewStore, type ViewStoreOptions } from './view-store.js';

export interface MongodbOptions extends ViewStoreOptions {
  /** Where the vault is; default: on the same server, in `<database>-vault`. The database of a URL of its own is the one named there. */
  readonly vault?: { readonly url?: string } & ConnectionOptions;
}

export interface Mongodb {
  readonly views: ViewStore;
  readonly vault: Vault;
  /** Closes both. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the two stores of the distributed profile that are kept in MongoDB, each with connections of its own.
 * @throws StoreUnavailable in one line that names the address when one of them does not answer
 */
export const openMongodb = async (url: string, options: MongodbOptions = {}): Promise<Mongodb> => {
  const { vault: { url: vaultUrl = url, ...vaultOptions } = {}, ...viewOptions } = options;
  const views = await mongodbViewStore(url, viewOptions);
  try {
    const vault = await mongodbVault(vaultUrl, {
      ...viewOptions,
      database: vaultUrl === url ? `${databaseName(url, viewOptions)}-vault` : databaseName(vaultUrl),
      ...vaultOptions,
    });
    return {
      views,
      vault,
      close: async () => {
        await Promise.all([views.close(), vault.close()]);
      },
    };
  } catch (error) {
    await views.close();
    throw error;
  }
};
