import type { JsonValue } from "@berth/ledger";

interface FileTouch {
  readonly seq: number;
  readonly op: string;
  readonly path: string;
  readonly outcome: string;
  readonly bytes?: number;
  readonly digest?: string;
}

interface Connection {
  readonly host: string;
  readonly port: number;
  readonly decision: string;
  readonly count: number;
}

interface ModelUse {
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros: number;
}

export interface RunEvents {
  readonly kinds: readonly { readonly kind: string; readonly count: number }[];
  readonly files: readonly FileTouch[];
  readonly connections: readonly Connection[];
  readonly models: readonly ModelUse[];
}

type Shown = readonly { readonly seq: number; readonly event: JsonValue }[];
type Body = { readonly [name: string]: JsonValue };

/** What the disclosed events of a verified bundle say was touched. Of an agent's words nothing is taken. */
export function readRunEvents(shown: Shown): RunEvents {
  const kinds = new Map<string, number>();
  const files: FileTouch[] = [];
  const connections = new Map<string, Connection>();
  const models = new Map<string, ModelUse>();
  for (const { seq, event } of shown) {
    const body = bodyOf(event);
    const kind = text(body["kind"]);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (kind === "file") files.push(fileOf(seq, body));
    else if (kind === "egress") addConnection(connections, body);
    else if (kind === "model") addModel(models, body);
  }
  return {
    kinds: [...kinds].map(([kind, count]) => ({ kind, count })).toSorted((a, b) => b.count - a.count),
    files,
    connections: [...connections.values()],
    models: [...models.values()],
  };
}

function fileOf(seq: number, body: Body): FileTouch {
  const { bytes, digest } = body;
  return {
    seq,
    op: text(body["op"]),
    path: text(body["path"]),
    outcome: text(body["outcome"]),
    ...(typeof bytes === "number" ? { bytes } : {}),
    ...(typeof digest === "string" ? { digest } : {}),
  };
}

function addConnection(known: Map<string, Connection>, body: Body): void {
  const [host, port, decision] = [text(body["host"]), number(body["port"]), text(body["decision"])];
  const name = `${decision} ${host}:${port}`;
  known.set(name, { host, port, decision, count: (known.get(name)?.count ?? 0) + 1 });
}

function addModel(known: Map<string, ModelUse>, body: Body): void {
  const model = text(body["model"]);
  const before = known.get(model);
  known.set(model, {
    model,
    calls: (before?.calls ?? 0) + 1,
    inputTokens: (before?.inputTokens ?? 0) + number(body["inputTokens"]),
    outputTokens: (before?.outputTokens ?? 0) + number(body["outputTokens"]),
    costMicros: (before?.costMicros ?? 0) + number(body["costMicros"]),
  });
}

function bodyOf(event: JsonValue): Body {
  if (!isObject(event)) return {};
  const { body } = event;
  return body !== undefined && isObject(body) ? body : {};
}

function isObject(value: JsonValue): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function number(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}
