import type { Namespaces, NamespacesOptions } from '../../../src/config/namespaces.ts';
import type { Read } from '../../../src/repository/index.ts';
import { respond } from '../answers.ts';
import { createMessages, type Messages } from '../backplane.ts';
import { ENGINE } from '../engine.ts';
import { createFleet, type Member } from '../fleet.ts';
import { createHistory, type History } from '../history.ts';
import { keyOfId, queryOf, tagsOfKey } from '../keys.ts';
import { createRandom } from '../random.ts';
import { type Outcomes, readIds } from '../read-ids.ts';
import { createRedisNetwork } from '../redis-network.ts';
import { createRedisStore } from '../redis-store.ts';
import { createScheduler } from '../scheduler.ts';
import { SETTINGS } from '../settings.ts';
import type { SourcesPlan } from './plan.ts';
import { answerIsOwn, type SourceInvalidation, type SourceLoad, type SourceRecords } from './promises.ts';
import { SETUPS, type Setup } from './setups.ts';

const NO_DIRECTIVES = { noCache: false, noStore: false, onlyIfCached: false, maxAgeSeconds: null };

/**
 * Plays a plan through, or until a promise is broken. `namespacesOf` is the code under test. `isTold`: the history has a
 * line for each thing that happened.
 */
export async function runSourcesPlan(
  plan: SourcesPlan,
  namespacesOf: (options: NamespacesOptions) => Namespaces,
  isTold = false,
): Promise<History> {
  const random = createRandom(plan.seed + 0x5eed);
  const scheduler = createScheduler(random);
  const history = createHistory(scheduler.now, isTold);
  const network = createRedisNetwork(createRedisStore(scheduler.now, history), scheduler, random, history);
  const setups = plan.processes.map((setup) => SETUPS[setup] as Setup);
  const channels = new Map<string, Messages>();
  const records: SourceRecords = { loads: [], invalidations: [] };
  const fleet = createFleet({
    ...{ engine: ENGINE, scheduler, random, history, network },
    processes: setups.map(() => ({ clockOffsetMs: 0, redis: 'bare' })),
    namespacesOf: (process) => namespacesOf(setupOf(process).namespaces),
    // Gateways listen to the channel of their source, as Redis delivers it.
    messages: {
      backplaneOf: (receiver) => channelOf(receiver.process).backplaneOf(receiver),
      leave: (process) => channels.forEach((channel) => void channel.leave(process)),
      gap: () => {},
      break: (fault, until) => channels.forEach((channel) => void channel.break(fault, until)),
    },
    upstream: { beginPatience: () => () => {} },
  });
  const items = ENGINE.defineKeyClass<number, number | null>({
    name: 'item',
    key: (id) => `item_${id}`,
    tags: (id) => tagsOfKey(keyOfId(id)),
    policy: SETTINGS,
    codec: { toJson: (value) => value, fromJson: Number },
  });

  for (const act of plan.acts) {
    scheduler.after(act.at, null, () => {
      history.tell(() => JSON.stringify(act));
      if (act.do === 'messages')
        for (const channel of channels.values()) channel.break(act.fault, scheduler.now() + act.forMs);
      else if (act.do === 'restart') {
        setups[act.process] = SETUPS[act.setup] as Setup;
        fleet.restart(act.process);
      } else {
        const member = fleet.member(act.process) as Member;
        scheduler.after(0, member.life, () =>
          act.do === 'invalidate' ? invalidate(member, act.tags) : call(act.do, member, act.ids),
        );
      }
    });
  }
  await scheduler.run(() => history.broken.length > 0);
  return history;

  function setupOf(process: number): Setup {
    return setups[process] as Setup;
  }

  function channelOf(process: number): Messages {
    const { sourcePrefix } = namespacesOf(setupOf(process).namespaces);
    const channel = channels.get(sourcePrefix) ?? createMessages(scheduler, random, history);
    channels.set(sourcePrefix, channel);
    return channel;
  }

  async function invalidate({ process, cache }: Member, tags: readonly string[]): Promise<void> {
    const { source } = setupOf(process);
    const record: SourceInvalidation = { process, source, tags, startedAt: scheduler.now(), ackedAt: null };
    records.invalidations.push(record);
    await cache.invalidate(tags).then(
      () => {
        record.ackedAt = scheduler.now();
      },
      () => {},
    );
  }

  async function call(kind: 'read' | 'answer', member: Member, ids: readonly number[]): Promise<void> {
    const { process } = member;
    const setup = setupOf(process);
    const startedAt = scheduler.now();
    const held = new Map(ids.map((id) => [id, heldFor(setup, id)]));
    const values = await (kind === 'read' ? read(member, setup, ids) : ask(member, setup, ids));
    history.events.set(kind, (history.events.get(kind) ?? 0) + 1);
    for (const [id, value] of values) {
      const answer = { kind, process, setup, id, value, startedAt, held: held.get(id) };
      answerIsOwn(history, records, answer, scheduler.now());
    }
  }

  /** The newest value of the setup that Redis has taken. */
  function heldFor({ form }: Setup, id: number): SourceLoad | undefined {
    return records.loads.findLast(
      (load) => load.id === id && load.setup.form === form && history.storedStamp.has(load.value),
    );
  }

  function read(member: Member, setup: Setup, ids: readonly number[], options: Read | object = {}) {
    return readIds(member.cache, items, ids, (missing) => load(member, setup, missing), options);
  }

  async function load({ life }: Member, setup: Setup, ids: readonly number[]): Promise<Map<number, number>> {
    const loads = ids.map((id, index): SourceLoad => {
      return { value: records.loads.length + index + 1, id, setup, beganAt: scheduler.now() };
    });
    records.loads.push(...loads);
    await scheduler.pause(life, random.whole(1, 60));
    return new Map(loads.map(({ id, value }) => [id, value]));
  }

  /** Asks the response cache of the process, whose answer is the list of the values that it was made of. */
  async function ask(
    { answers, ...member }: Member,
    setup: Setup,
    ids: readonly number[],
  ): Promise<Outcomes> {
    const served = await respond(answers, `answer_${queryOf(ids)}`, NO_DIRECTIVES, {
      async execute(options) {
        const text = JSON.stringify([...(await read({ answers, ...member }, setup, ids, options))]);
        return { status: 200, bytes: Buffer.from(text), headers: {}, codes: [], complete: true };
      },
      executeAtOnce: (_, trial) => trial.refuse(),
    });
    return new Map(served ? JSON.parse(served.stored.bytes.toString()) : []);
  }
}
