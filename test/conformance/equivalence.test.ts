import type { SequencedFrame } from "@berth/protocol";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BINDINGS, BINDINGS_V03, BindingFailure, sayableInProtobuf, sayableInV03 } from "./bindings/index.ts";
import type { Binding, BindingClient, FrameStream } from "./bindings/index.ts";
import { House } from "./house.ts";

// Whatever one does, every binding gives the same answers: the same random calls over each of them, each with tasks of
// its own, and the answers compared once what must differ (ids, times) has the same names.

const RUNS = 60;
const MAX_CALLS = 10;
const LIMIT_MS = 90_000;

/** In the title, so that a failure can be run again: `EQUIVALENCE_SEED=… vitest run …`. */
const seed = Number(process.env["EQUIVALENCE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const house = new House();
beforeAll(async () => await house.open());
afterAll(async () => await house.close());

type Call =
  | { readonly do: "send" | "stream"; readonly text: string; readonly to: number | undefined; readonly broken: Broken }
  | { readonly do: "get"; readonly of: number; readonly historyLength: number | undefined }
  | { readonly do: "cancel"; readonly of: number }
  | { readonly do: "subscribe"; readonly of: number; readonly after: number | string | undefined }
  | { readonly do: "list"; readonly pageSize: number | undefined; readonly includeArtifacts: boolean };

type Broken = "no" | "parts" | "role" | "context" | "media type";

const text = fc.constantFrom("echo a", "say b", "fail c", "reject d", "ask e", "auth f", "steps 2");
/** Which of the tasks begun so far; there may be none, then it is one that nobody knows. */
const known = fc.nat({ max: 3 });
const broken = fc.oneof(
  { weight: 5, arbitrary: fc.constant("no" as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("parts" as const, "role" as const, "context" as const, "media type" as const),
  },
);

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("send" as const, "stream" as const),
      text,
      to: fc.option(known, { nil: undefined }),
      broken,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("get" as const),
      of: known,
      historyLength: fc.constantFrom(undefined, 0, 1, 99, -1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), of: known }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("subscribe" as const),
      of: known,
      after: fc.constantFrom(undefined, 0, 1, 4, 7, 1_000, "the middle", -1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("list" as const),
      pageSize: fc.constantFrom(undefined, 1, 100, 0, 101),
      includeArtifacts: fc.boolean(),
    }),
  },
);

test(`[BIND-EQUIV-002][BIND-EQUIV-003] bindings give the same answers and the same refusals (seed ${seed})`, async () => {
  const sequences = fc.array(call, { minLength: 1, maxLength: MAX_CALLS });
  await fc.assert(
    fc.asyncProperty(sequences, async (calls) => {
      const plays = await Promise.all([...BINDINGS, ...BINDINGS_V03].map(async (each) => await play(each, calls)));
      const [reference, ...others] = plays;
      for (const other of others) expectSame(calls, other, reference);
    }),
    { seed, numRuns: RUNS, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true },
  );
});

interface Answers {
  readonly binding: Binding;
  /** Undefined where the binding has no such call. */
  readonly answers: readonly unknown[];
}

/** Each in what both of the bindings can say. */
function expectSame(calls: readonly Call[], other: Answers, reference: Answers | undefined): void {
  if (reference === undefined) throw new Error("there is no binding to compare with");
  const comparable = ({ answers }: Answers): readonly unknown[] =>
    renamed(
      answers
        .filter((_, index) => isComparable(calls[index], other.binding))
        .map((answer) => sayableIn(other.binding, answer)),
    );
  expect(comparable(other), `${other.binding.name} ${other.binding.version}`).toEqual(comparable(reference));
}

function isComparable(each: Call | undefined, { name, version }: Binding): boolean {
  if (version === "1.0") return true;
  // The 0.3 .proto's 0 is its default and means all.
  const saysAll = name === "GRPC" && each?.do === "get" && each.historyLength === 0;
  return each?.do !== "list" && !saysAll;
}

function sayableIn({ name, version }: Binding, answer: unknown): unknown {
  const said = name === "GRPC" ? sayableInProtobuf(asInGrpc(answer)) : answer;
  if (version === "1.0") return said;
  return sayableInV03(name === "GRPC" ? withoutAppend(said) : said);
}

/** Frames have no numbers there; and what JSON calls an empty list is an absent one, so that other words refuse it. */
function asInGrpc(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(({ frame }: SequencedFrame) => frame);
  if (typeof answer !== "object" || answer === null || !("fields" in answer)) return answer;
  return { ...answer, message: "" };
}

/** The SDK's client of 0.3 loses it. */
function withoutAppend(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (name, value: unknown) => (name === "append" ? undefined : value)));
}

interface Play {
  readonly client: BindingClient;
  readonly contextId: string;
  /** In the order in which they began. */
  readonly tasks: string[];
  sent: number;
}

/** All answers to the calls, one after the other, over one binding. */
async function play(binding: Binding, calls: readonly Call[]): Promise<Answers> {
  const state: Play = { client: house.client(binding), contextId: crypto.randomUUID(), tasks: [], sent: 0 };
  const answers: unknown[] = [];
  for (const each of calls) {
    if (binding.version === "0.3" && each.do === "list") {
      answers.push(undefined);
      continue;
    }
    try {
      answers.push(await perform(state, each));
    } catch (error) {
      if (!(error instanceof BindingFailure)) throw error;
      answers.push({ reason: error.reason, message: error.message, fields: error.fields, metadata: error.metadata });
    }
  }
  return { binding, answers };
}

async function perform(state: Play, each: Call): Promise<unknown> {
  const { client, contextId } = state;
  const taskId = (index: number): string => state.tasks[index % Math.max(1, state.tasks.length)] ?? "task_unknown";
  switch (each.do) {
    case "send": {
      const answer = await client.send(toRequest(state, each, taskId));
      if ("task" in answer) remember(state, answer.task.id);
      return answer;
    }
    case "stream": {
      const frames = await readTurn(await client.stream(toRequest(state, each, taskId)));
      const [first] = frames;
      if (first !== undefined && "task" in first.frame) remember(state, first.frame.task.id);
      return frames;
    }
    case "get":
      return await client.get({
        id: taskId(each.of),
        ...(each.historyLength === undefined ? {} : { historyLength: each.historyLength }),
      });
    case "cancel":
      return await client.cancel({ id: taskId(each.of) });
    case "subscribe":
      return await readWhatIsThere(state, taskId(each.of), each.after);
    case "list": {
      const { pageSize, includeArtifacts } = each;
      const page = await client.list({ contextId, includeArtifacts, ...(pageSize === undefined ? {} : { pageSize }) });
      // A token is whatever the binding's page made of it; whether there is one is what counts.
      return { ...page, nextPageToken: page.nextPageToken !== "" };
    }
    default:
      throw new Error("unreachable");
  }
}

function toRequest(
  state: Play,
  { text, to, broken }: Call & { readonly do: "send" | "stream" },
  taskId: (index: number) => string,
): object {
  state.sent += 1;
  return {
    message: {
      messageId: `${state.contextId}/${state.sent}`,
      contextId: broken === "context" ? "x".repeat(300) : state.contextId,
      role: broken === "role" ? "ROLE_AGENT" : "ROLE_USER",
      parts: broken === "parts" ? [] : [broken === "media type" ? { raw: "AAAA", mediaType: "video/none" } : { text }],
      ...(to === undefined ? {} : { taskId: taskId(to) }),
    },
  };
}

function remember(state: Play, id: string): void {
  if (!state.tasks.includes(id)) state.tasks.push(id);
}

/** To its end, or to AUTH_REQUIRED, on which streams stay open. */
async function readTurn(stream: FrameStream): Promise<readonly SequencedFrame[]> {
  const frames: SequencedFrame[] = [];
  for await (const frame of stream) {
    frames.push(frame);
    if (JSON.stringify(frame).includes(`"TASK_STATE_AUTH_REQUIRED"`)) break;
  }
  return frames;
}

/** A subscription ends with the task: of one that has not ended only the first frame is sure to come. */
async function readWhatIsThere(
  { client }: Play,
  id: string,
  after: number | string | undefined,
): Promise<readonly SequencedFrame[]> {
  const isOver = await client.get({ id }).then(
    ({ status }) => /COMPLETED|FAILED|CANCELED|REJECTED/.test(status.state),
    () => true,
  );
  const from = isOver || typeof after === "string" ? after : undefined;
  const stream = await client.subscribe({ id, ...(from === undefined ? {} : { after: from }) });
  const frames: SequencedFrame[] = [];
  for await (const frame of stream) {
    frames.push(frame);
    if (!isOver) break;
  }
  return frames;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const ID = new RegExp(String.raw`\b[a-z]{2,8}_[0-9a-z]{20,}\b|${UUID.source}`, "g");
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

/** Ids by the order in which they first appear, times by being one. */
function renamed(answers: readonly unknown[]): readonly unknown[] {
  const names = new Map<string, string>();
  const nameOf = (id: string): string => {
    const name = names.get(id) ?? `id ${names.size + 1}`;
    names.set(id, name);
    return name;
  };
  return JSON.parse(JSON.stringify(answers).replaceAll(TIME, "a time").replaceAll(ID, nameOf)) as readonly unknown[];
}
