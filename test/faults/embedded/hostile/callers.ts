import { Answers } from '../../../system/answers.js';
import { documentOf, type Operation, operationsOf } from '../../../system/openapi-document.js';
import { activeApplication, assign, invite, issueKey, openAccount } from '../../../system/given.js';
import type { Random } from '../../../system/random.js';
import type { Server } from '../../../system/server.js';
import { changes } from './changes.js';
import { type Draft, setConditions, validDraft, wireOf, type World } from './draft.js';
import { faultOf } from './judge.js';
import { sendWire } from './wire.js';
import { wireChanges } from './wires.js';

const inParallel = 16;
const withinMs = 20_000;
const cursorsKept = 50;
const faultsTold = 40;

/** An account with everything that an id can name, and the ids. */
const inhabited = async (server: Server, name: string): Promise<Record<string, string>> => {
  const { id: accountId, ownerId: userId } = await openAccount(server, name);
  const applicationId = await activeApplication(server, `${name} App`);
  await assign(server, accountId, applicationId);
  const email = `pending@${name.toLowerCase()}.example`;
  const { invitationId } = await invite(server, accountId, email);
  const { id: keyId } = await issueKey(server, { accountId }, ['members:view']);
  const token = await server.tokenFor(email);
  return { accountId, userId, applicationId, invitationId, keyId, token, roleId: 'staff', name: 'members' };
};

/** Everything that an account's keys may hold, or what of it is wanted. */
const permissionsOf = async (server: Server, isWanted: (name: string) => boolean): Promise<readonly string[]> => {
  const { items } = await server.ok('GET', '/v1/permissions?limit=200');
  const names = (items as readonly { name: string }[]).map(({ name }) => name);
  return names.filter(isWanted).map((name) => `${name}@account`);
};

/** Each to whoever asks first. */
const inTurn = function* <Item>(items: Iterable<Item>): Generator<Item> {
  yield* items;
};

/** Callers of every kind who send whatever comes to their mind. */
export class HostileCallers {
  readonly #faults = new Set<string>();
  readonly statuses = new Map<number, number>();
  readonly #operations: readonly Operation[];
  readonly #answers: Answers;

  private constructor(
    readonly server: Server,
    readonly world: World,
  ) {
    this.#operations = operationsOf(world.document);
    this.#answers = new Answers(world.document);
  }

  static async among(server: Server, random: Random): Promise<HostileCallers> {
    const document = await documentOf(server);
    const [own, foreign] = [await inhabited(server, 'Acme'), await inhabited(server, 'Other')];
    const keyOf = async (accountId: string, isWanted: (name: string) => boolean): Promise<string> =>
      (await issueKey(server, { accountId }, await permissionsOf(server, isWanted))).secret;
    const { accountId = '' } = own;
    const callers = {
      operator: server.operatorKey,
      owner: await keyOf(accountId, () => true),
      viewer: await keyOf(accountId, (name) => name.endsWith(':view')),
      stranger: await keyOf(foreign['accountId'] ?? '', () => true),
      nobody: undefined,
      forger: `grk_${'a'.repeat(43)}`,
    };
    return new HostileCallers(server, { document, random, own, foreign, callers, cursors: [] });
  }

  /** What was wrong with the answers since it was asked for last, the first of it. */
  faults(atMost = faultsTold): readonly string[] {
    const faults = [...this.#faults].sort().slice(0, atMost);
    this.#faults.clear();
    return faults;
  }

  /** A request to each operation in turn, with some things wrong in it. */
  draft(number: number): Draft {
    const { random } = this.world;
    const operation = this.#operations[number % this.#operations.length]!;
    const draft = validDraft(operation, this.world);
    setConditions(draft, this.world);
    for (let left = random.below(4); left > 0; left -= 1) {
      const done = random.weighted(changes)(draft, this.world);
      if (done !== undefined) draft.done.push(done);
    }
    if (random.below(12) === 0) draft.done.push(random.of(wireChanges)!(draft, this.world) ?? '');
    return draft;
  }

  *drafts(count: number): Generator<Draft> {
    for (let number = 0; number < count; number += 1) yield this.draft(number);
  }

  /** Sends requests, some at once. */
  async send(drafts: Iterable<Draft>): Promise<void> {
    const left = inTurn(drafts);
    const client = async (): Promise<void> => {
      for (const draft of left) await this.#send(draft);
    };
    await Promise.all(Array.from({ length: inParallel }, client));
  }

  async #send(draft: Draft): Promise<void> {
    const answer = await sendWire(this.server.url, wireOf(draft), { isAll: draft.wire !== undefined, withinMs });
    const fault = faultOf(draft, answer, this.#answers);
    if (fault !== undefined) this.#note(draft, fault);
    if (typeof answer === 'string') return;
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    const cursor = answer.body['nextCursor'] ?? answer.body['nextAfter'];
    const { cursors } = this.world;
    if (typeof cursor === 'string') cursors.push(cursor);
    if (cursors.length > cursorsKept) cursors.shift();
  }

  #note({ operation, method, done }: Draft, fault: string): void {
    const text = `${operation?.operationId ?? method} by ${done.join(', ')}: ${fault.slice(0, 300)}`;
    this.#faults.add(text);
  }
}
