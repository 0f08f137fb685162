import { type Filling, isLongAgo, isNew } from './filling.js';
import { applications, defaultApplication } from './world.js';

/** Ids by the keys of the demo's world. */
export type Ids = ReadonlyMap<string, string>;

/** Registers the applications, opens the gate of all but one, and chooses what every new account has. */
export const fillApplications = async (filling: Filling): Promise<Ids> => {
  filling.say('\nApplications');
  const ids = new Map<string, string>();
  for (const { key, name, description, active } of applications) {
    const registered = await filling.command({
      key: `register-${key}`,
      method: 'POST',
      path: '/v1/applications',
      body: { name, description, externalId: `demo-${key}`, homeUrl: `https://${key}.example/` },
    });
    ids.set(key, registered.id);
    if (active && !isLongAgo(registered))
      await filling.command({
        key: `activate-${key}`,
        method: 'POST',
        path: `/v1/applications/${registered.id}/activate`,
      });
    filling.tell(
      isNew(registered),
      `${name}${active ? '' : ' (not active: it is still being integrated)'}  ${registered.id}`,
    );
    if (key !== defaultApplication || isLongAgo(registered)) continue;
    const chosen = await filling.command({
      key: 'choose-default',
      method: 'PUT',
      path: '/v1/platform/default-application',
      body: { applicationId: registered.id },
    });
    filling.tell(isNew(chosen), `${name} is the default application: every new account has it`);
  }
  return ids;
};

/** The id that was given to something of the demo's world. */
export const idOf = (ids: Ids, key: string): string => {
  const id = ids.get(key);
  if (id === undefined) throw new Error(`the demo's world has no ${key}`);
  return id;
};
