import type { Principal } from '../../../src/domain/principal.ts';
import { createMessages } from '../backplane.ts';
import { createFleet, type Member } from '../fleet.ts';
import { createHistory, type History } from '../history.ts';
import { IDS, keyOfId, tagsOfKey } from '../keys.ts';
import { createRandom } from '../random.ts';
import { createRedisNetwork } from '../redis-network.ts';
import { createRedisStore } from '../redis-store.ts';
import { createScheduler } from '../scheduler.ts';
import { SETTINGS } from '../settings.ts';
import { takeOverTimers } from '../timers.ts';
import { type Connection, createConnection } from './client.ts';
import { count, createFacts, type LiveFacts } from './facts.ts';
import { createLiveGateway, type LiveGateway } from './gateway.ts';
import type { LivePlan } from './plan.ts';
import type { Program } from './program.ts';
import { endsWithSession, renewsErrors, showsNothingRemoved, showsToday } from './promises.ts';
import { dayOf, QUESTIONS, type SimulatedQuestion } from './questions.ts';
import { createVersionedSource } from './source.ts';

export interface LiveRun {
  readonly history: History;
  readonly facts: LiveFacts;
  readonly steps: number;
}

interface Client {
  readonly name: string;
  readonly question: SimulatedQuestion;
  readonly viewer: Principal | null;
  connection: Connection | null;
  close: (() => void) | null;
  awayUntil: number;
}

const FAR = Number.POSITIVE_INFINITY;
// The longest pause after failures, the freshness of what nobody was told of, and the renewals.
const CONVERGED_MS = 8000 + 1000 + 1000;
const QUIET_MS = 500;
const MAX_STEPS = 60_000;

/** Plays a plan until no event is left or a promise is broken. `isTold`: the history has a line for each thing that happened. */
export async function runLivePlan(plan: LivePlan, program: Program, isTold = false): Promise<LiveRun> {
  const random = createRandom(plan.seed + 0x5eed);
  const scheduler = createScheduler(random);
  const history = createHistory(scheduler.now, isTold);
  const facts = createFacts();
  const network = createRedisNetwork(createRedisStore(scheduler.now, history), scheduler, random, history);
  const messages = createMessages(scheduler, random, history);
  const source = createVersionedSource(scheduler, random);
  const { engine } = program;
  const fleet = createFleet({
    ...{ engine, scheduler, random, history, network, messages, processes: plan.processes },
    upstream: { beginPatience: () => () => {} },
  });
  const items = engine.defineKeyClass<number, number | null>({
    name: 'item',
    key: (id) => `item_${id}`,
    tags: (id) => tagsOfKey(keyOfId(id)),
    policy: SETTINGS,
    codec: { toJson: (value) => value, fromJson: Number },
  });
  const gateways = new WeakMap<Member, LiveGateway>();
  const days = new Map<number, number>();
  const clients = plan.clients.map(({ question, viewer }, index): Client => {
    return {
      name: `client ${index}`,
      question: QUESTIONS[question] as SimulatedQuestion,
      viewer: viewer === null ? null : { ...PERSON, id: viewer, name: viewer },
      ...{ connection: null, close: null, awayUntil: 0 },
    };
  });
  let isHealed = false;
  let convergedAt = FAR;
  let isClosing = false;
  let heard = 0;
  let steps = 0;

  for (const act of plan.acts) {
    scheduler.after(act.at, null, () => {
      history.tell(() => JSON.stringify(act));
      perform(act);
    });
  }
  clients.forEach((client, index) => {
    connectLater(client, (plan.clients[index] as LivePlan['clients'][number]).at);
  });
  scheduler.after(plan.healedAt + 1, null, heal);
  const unhandled = (cause: unknown) => history.broken.push(`a rejection that nobody handles: ${cause}`);
  process.on('unhandledRejection', unhandled);
  const giveTimersBack = takeOverTimers(scheduler);
  try {
    await scheduler.run(isOver);
    if (history.broken.length === 0) nothingIsLeft();
  } finally {
    giveTimersBack();
    process.off('unhandledRejection', unhandled);
  }
  return { history, facts, steps };

  function perform(act: LivePlan['acts'][number]): void {
    const until = scheduler.now() + ('forMs' in act ? act.forMs : 0);
    if (act.do === 'change') change(act.id, act.process);
    else if (act.do === 'burst')
      for (let index = 0; index < act.count; index += 1)
        scheduler.after(random.whole(0, act.spreadMs), null, () =>
          change(act.id, random.whole(0, plan.processes.length - 1)),
        );
    else if (act.do === 'source') source.break(act.fault, act.id, until);
    else if (act.do === 'messages') messages.break(act.fault, until);
    else if (act.do === 'redis') network.break(act.fault, act.process, until);
    else if (act.do === 'stop') fleet.stop(act.process, until);
    else if (act.do === 'clock') fleet.setClock(act.process, act.byMs);
    else if (act.do === 'restart') {
      for (const client of clients) if (client.connection?.gateway.process === act.process) lose(client);
      fleet.restart(act.process);
    } else if (act.do === 'leave') {
      const client = clients[act.client] as Client;
      client.awayUntil = until;
      leave(client);
    } else if (act.do === 'gap') inside(act.process, () => messages.gap(act.process));
    else if (act.do === 'sign-out') {
      facts.signOuts.set(act.viewer, Math.min(facts.signOuts.get(act.viewer) ?? FAR, scheduler.now()));
      const viewer = clients.find((client) => client.viewer?.id === act.viewer)?.viewer;
      if (viewer && random.chance(0.5))
        inside(act.process, (member) => gatewayOf(member).hub.endSession(viewer));
    }
  }

  function change(id: number, process: number | null): void {
    source.change(id);
    count(facts, 'change');
    if (process === null) return;
    inside(process, async ({ cache, life }) => {
      const version = source.versionOf(id);
      const invalidation = { process, life, id, version, ackedAt: null as number | null };
      facts.invalidations.push(invalidation);
      await cache.invalidate([`item:${id}`]).then(
        () => {
          invalidation.ackedAt = scheduler.now();
          facts.heard.push({ life, id, at: scheduler.now() });
          count(facts, 'acknowledged');
          history.tell(() => `  version ${version} of item ${id} is acknowledged by process ${process}`);
        },
        () => count(facts, 'not acknowledged'),
      );
    });
  }

  function gatewayOf(member: Member): LiveGateway {
    const known = gateways.get(member);
    if (known) return known;
    const hasEnded = ({ id }: Principal) => facts.signOuts.has(id);
    const gateway = createLiveGateway({
      ...{ program, member, items, source, scheduler, random, history, facts, hasEnded },
    });
    gateways.set(member, gateway);
    return gateway;
  }

  function connectLater(client: Client, ms: number): void {
    scheduler.after(ms, null, () => {
      const isOut = client.viewer !== null && facts.signOuts.has(client.viewer.id);
      if (client.connection || isOut || isClosing) return;
      const isAway = scheduler.now() < client.awayUntil;
      if (!isAway) inside(random.whole(0, plan.processes.length - 1), (member) => connect(client, member));
      // A process that ends in the meantime does not connect it.
      connectLater(client, 100);
    });
  }

  async function connect(client: Client, member: Member): Promise<void> {
    const { name, question, viewer } = client;
    if (client.connection) return;
    const pace = isHealed
      ? 'prompt'
      : (plan.clients[clients.indexOf(client)] as LivePlan['clients'][number]).pace;
    const connection = createConnection({
      ...{ gateway: member, question, viewer: viewer?.id ?? null, pace, scheduler, random, history, name },
      onEnd: () =>
        scheduler.after(random.whole(0, 200), null, () => client.connection === connection && leave(client)),
    });
    client.connection = connection;
    client.close = null;
    const opened = await gatewayOf(member).open(question, viewer, () => {
      if (client.connection !== connection) return null;
      history.tell(
        () => `  ${name} is connected to process ${member.process}: ${question.name} of ${viewer?.id}`,
      );
      count(facts, 'opened');
      return connection.outlet;
    });
    if (client.connection === connection) client.close = opened?.close ?? null;
    else opened?.close();
  }

  /** The client closes its stream, and comes back. */
  function leave(client: Client): void {
    const { connection, close } = client;
    if (connection && close) scheduler.after(0, connection.gateway.life, close);
    lose(client);
  }

  function lose(client: Client): void {
    if (client.connection) connectLater(client, random.whole(1, 100));
    client.connection = null;
    client.close = null;
  }

  function inside(process: number, run: (member: Member) => unknown): void {
    const member = fleet.member(process);
    if (member) scheduler.after(0, member.life, () => void run(member));
  }

  function heal(): void {
    isHealed = true;
    for (const { process } of fleet.members()) {
      const offset = (history.wallClocks.get(process)?.() ?? 0) - EPOCH_MS - scheduler.now();
      fleet.setClock(process, -offset);
    }
    for (const { connection } of clients) connection?.drain();
    scheduler.after(CONVERGED_MS, null, () => {
      if (convergedAt === FAR)
        history.broken.push(
          `the last state is not everywhere: ${clients.filter((client) => !isAtLast(client)).map(({ name }) => name)}`,
        );
    });
  }

  function isAtLast({ connection, viewer }: Client): boolean {
    if (viewer && facts.signOuts.has(viewer.id)) return connection === null;
    if (!connection?.shown || !connection.isIdle) return false;
    const { items: shown, day } = connection.shown;
    const today = dayOf(history.wallClocks.get(connection.gateway.process)?.() ?? 0);
    return (
      shown.every(([id, version]) => version === source.versionOf(id)) && (day === null || day === today)
    );
  }

  function isOver(): boolean {
    steps += 1;
    if (steps > MAX_STEPS) history.broken.push('it never comes to rest');
    noteTime();
    const judged = { history, facts, now: scheduler.now() };
    for (const { connection } of clients) {
      if (!connection?.shown) continue;
      endsWithSession(judged, connection);
      if (!connection.isIdle || connection.isEnded) continue;
      const key = keyOfQuestion(connection);
      const member = fleet.member(connection.gateway.process);
      showsNothingRemoved(judged, connection, key);
      renewsErrors(judged, connection, key);
      showsToday(judged, connection, key, days.get(member?.process ?? -1) ?? 0);
    }
    if (isHealed && !isClosing) {
      if (!clients.every(isAtLast)) convergedAt = FAR;
      else if (convergedAt === FAR) convergedAt = scheduler.now();
      if (scheduler.now() >= convergedAt + QUIET_MS) closeAll();
    }
    return history.broken.length > 0;
  }

  function noteTime(): void {
    for (; heard < history.heard.length; heard += 1) {
      const { process, tags, at } = history.heard[heard] as History['heard'][number];
      const life = fleet.member(process)?.life ?? 0;
      for (const id of IDS) if (tags.includes(`item:${id}`)) facts.heard.push({ life, id, at });
    }
    for (const { process } of fleet.members()) {
      const day = dayOf(history.wallClocks.get(process)?.() ?? 0);
      const before = days.get(process);
      days.set(process, day);
      if (before !== undefined && day > before) facts.midnights.push({ process, at: scheduler.now() });
    }
  }

  function keyOfQuestion({ question, viewer }: Connection): string {
    const bare = `answer_${question.name}`;
    return question.isPersonal ? program.personalKey(bare, viewer ?? 'nobody') : bare;
  }

  function closeAll(): void {
    isClosing = true;
    for (const client of clients) leave(client);
  }

  function nothingIsLeft(): void {
    for (const member of fleet.members()) {
      const { questions } = gatewayOf(member).hub.usage();
      if (questions > 0)
        history.broken.push(`process ${member.process} keeps ${questions} questions without a subscriber`);
    }
  }
}

// The beginning of the clocks of the fleet.
const EPOCH_MS = 1_780_000_000_000;

const PERSON = { kind: 'user', signedInAt: 0, expiresAt: FAR } as const;
