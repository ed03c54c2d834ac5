import type { FileEvent, GrantEvent, MemoryEvent, ScopeRequestEvent, TaskEvent } from "@berth/protocol";

/** What a run was allowed, what it touched, and what was refused, up to one moment. */
export interface Authority {
  readonly files: readonly TouchedFile[];
  readonly hosts: readonly TouchedHost[];
  readonly grants: readonly Stamped<GrantEvent>[];
  readonly requests: readonly {
    readonly request: Stamped<ScopeRequestEvent>;
    readonly decision?: Stamped<ScopeRequestEvent>;
  }[];
  readonly memory: readonly Stamped<MemoryEvent>[];
}

type Stamped<Body> = Body & { readonly seq: number; readonly at: string };

interface TouchedFile {
  readonly path: string;
  readonly reads: number;
  readonly writes: number;
  readonly denied: number;
  /** Of the last operation that went well. */
  readonly bytes?: number;
  readonly digest?: string;
  readonly last: Stamped<FileEvent>;
}

interface TouchedHost {
  readonly host: string;
  readonly allowed: number;
  readonly denied: number;
  /** What berth.json would have to say. */
  readonly rule?: string;
  readonly seq: number;
}

export function authorityOf(events: readonly TaskEvent[], count: number): Authority {
  const files = new Map<string, TouchedFile>();
  const hosts = new Map<string, TouchedHost>();
  const grants: Stamped<GrantEvent>[] = [];
  const memory: Stamped<MemoryEvent>[] = [];
  const requests = new Map<string, { request: Stamped<ScopeRequestEvent>; decision?: Stamped<ScopeRequestEvent> }>();
  for (let index = 0; index < count; index += 1) {
    const event = events[index];
    if (event === undefined) break;
    const { seq, at, body } = event;
    switch (body.kind) {
      case "file":
        files.set(body.path, touch(files.get(body.path), { ...body, seq, at }));
        break;
      case "egress": {
        const host = `${body.host}:${body.port}`;
        const known = hosts.get(host) ?? { host, allowed: 0, denied: 0, seq };
        const isAllowed = body.decision === "allowed";
        hosts.set(host, {
          ...known,
          seq,
          allowed: known.allowed + (isAllowed ? 1 : 0),
          denied: known.denied + (isAllowed ? 0 : 1),
          ...(body.rule === undefined ? {} : { rule: body.rule }),
        });
        break;
      }
      case "grant":
        grants.push({ ...body, seq, at });
        break;
      case "memory":
        memory.push({ ...body, seq, at });
        break;
      case "scope_request": {
        const known = requests.get(body.approvalId);
        if (known === undefined) requests.set(body.approvalId, { request: { ...body, seq, at } });
        else known.decision = { ...body, seq, at };
        break;
      }
      default:
        break;
    }
  }
  return { files: [...files.values()], hosts: [...hosts.values()], grants, memory, requests: [...requests.values()] };
}

function touch(known: TouchedFile | undefined, event: Stamped<FileEvent>): TouchedFile {
  const { path, reads, writes, denied, bytes, digest } = known ?? { path: event.path, reads: 0, writes: 0, denied: 0 };
  const isOk = event.outcome === "ok";
  const isWrite = event.op === "write" || event.op === "delete";
  const size = isOk ? (event.bytes ?? bytes) : bytes;
  const hash = isOk ? (event.digest ?? digest) : digest;
  return {
    path,
    reads: reads + (isOk && !isWrite ? 1 : 0),
    writes: writes + (isOk && isWrite ? 1 : 0),
    denied: denied + (isOk ? 0 : 1),
    ...(size === undefined ? {} : { bytes: size }),
    ...(hash === undefined ? {} : { digest: hash }),
    last: event,
  };
}
