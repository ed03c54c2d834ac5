import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { HostAllowlist, OutboundError, Scrubber, SseParser } from "@berth/runtime";
import type { OutboundHttp, OutboundStream, SecretSource } from "@berth/runtime";
import type { ModelProvider } from "@berth/store";
import { parseObject } from "./json.ts";
import { ProviderFailure, failedWith, retryAfterMs } from "./provider-failure.ts";
import type { ProviderRequest } from "./providers/provider-adapter.ts";

export interface ProviderClientOptions {
  readonly outbound: Pick<OutboundHttp, "stream">;
  readonly secrets: SecretSource;
  readonly now: () => Date;
}

export interface ProviderKey {
  readonly value: string | undefined;
  /** Knows the key. */
  readonly scrubber: Scrubber;
}

const MAX_WHOLE_BYTES = 32 * 1024 * 1024;
const MAX_STREAM_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const MAX_EVENT = 4 * 1024 * 1024;
const IDLE_MS = 5 * 60_000;

/** Asks providers over HTTP. Nothing that it gives back has the key in it, whatever the provider says. */
export class ProviderClient {
  readonly #options: ProviderClientOptions;

  constructor(options: ProviderClientOptions) {
    this.#options = options;
  }

  /** The organization's own value: an agent's secret of the same name is for the agent's upstreams. @throws ProviderFailure */
  async key({ orgId, name, secretName, baseUrl }: ModelProvider): Promise<ProviderKey> {
    const scrubber = new Scrubber();
    if (secretName === undefined) return { value: undefined, scrubber };
    const secret = await this.#options.secrets.value({ orgId, agentName: "" }, secretName);
    const wrong = (why: string, hint: string): ProviderFailure =>
      new ProviderFailure(
        new PlatformError("MODEL_FAILED", `The provider "${name}" was not called: ${why}.`, { retryable: false, hint }),
        {
          again: false,
          elsewhere: true,
        },
      );
    if (secret === undefined)
      throw wrong(`the secret ${secretName} is not set`, `Set it: a2a secrets set ${secretName}.`);
    const { hostname, port, protocol } = new URL(baseUrl);
    const target = { host: hostname, port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) };
    if (secret.hosts !== undefined && !new HostAllowlist(secret.hosts).allows(target)) {
      throw wrong(
        `the secret ${secretName} is not for ${target.host}:${target.port}`,
        "Its hosts say where it may be sent.",
      );
    }
    scrubber.learn(secretName, secret.value);
    return { value: secret.value, scrubber };
  }

  /** @throws ProviderFailure */
  async whole(
    provider: ModelProvider,
    request: ProviderRequest,
    key: ProviderKey,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const timed = withTimeout(provider, signal);
    try {
      const answer = await this.#open(provider, request, key, { signal: timed.signal, maxBytes: MAX_WHOLE_BYTES });
      const text = new TextDecoder().decode(key.scrubber.bytes(await readAll(answer.body)));
      const json = parseObject(text);
      if (json !== undefined) return json;
      throw new ProviderFailure(
        new PlatformError("MODEL_FAILED", `The provider "${provider.name}" did not answer with JSON.`),
        {
          again: false,
          elsewhere: true,
        },
      );
    } catch (error) {
      throw toFailure(error, provider, timed);
    }
  }

  /** The events of a stream that has begun; those throw PlatformErrors. @throws ProviderFailure */
  async events(
    provider: ModelProvider,
    request: ProviderRequest,
    key: ProviderKey,
    signal: AbortSignal,
  ): Promise<AsyncIterable<JsonObject>> {
    const timed = withTimeout(provider, signal);
    try {
      const answer = await this.#open(provider, request, key, { signal: timed.signal, maxBytes: MAX_STREAM_BYTES });
      return readEvents(answer.body, key.scrubber, (error) => toFailure(error, provider, timed).error);
    } catch (error) {
      throw toFailure(error, provider, timed);
    }
  }

  async #open(
    provider: ModelProvider,
    { path, headers, body }: ProviderRequest,
    key: ProviderKey,
    { signal, maxBytes }: { readonly signal: AbortSignal; readonly maxBytes: number },
  ): Promise<OutboundStream> {
    const { outbound, now } = this.#options;
    const answer = await outbound.stream({
      url: `${provider.baseUrl.replace(/\/$/, "")}${path}`,
      headers: {
        ...headers,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "accept-encoding": "identity",
      },
      body: JSON.stringify(body),
      maxBytes,
      idleMs: Math.min(IDLE_MS, provider.timeoutSeconds * 1_000),
      signal,
    });
    if (answer.status === 200) return answer;
    const said = await readAll(upTo(answer.body, MAX_ERROR_BYTES));
    const text = new TextDecoder().decode(key.scrubber.bytes(said));
    throw failedWith(provider.name, {
      status: answer.status,
      body: parseObject(text.trim().replace(/^\[(.*)\]$/s, "$1")),
      retryAfterMs: retryAfterMs(answer.headers["retry-after"], now()),
    });
  }
}

interface Timed {
  readonly signal: AbortSignal;
  readonly late: AbortSignal;
  readonly gone: AbortSignal;
}

function withTimeout({ timeoutSeconds }: ModelProvider, gone: AbortSignal): Timed {
  const late = AbortSignal.timeout(timeoutSeconds * 1_000);
  return { late, gone, signal: AbortSignal.any([late, gone]) };
}

async function* readEvents(
  body: AsyncIterable<Buffer>,
  scrubber: Scrubber,
  toError: (error: unknown) => PlatformError,
): AsyncGenerator<JsonObject, void> {
  const parser = new SseParser({ maxFrame: MAX_EVENT });
  try {
    for await (const chunk of body) yield* eventsOf(parser.push(chunk), scrubber);
    yield* eventsOf(parser.end(), scrubber);
  } catch (error) {
    throw toError(error);
  }
}

/** `[DONE]`, and whatever else is no JSON object, says nothing that the objects have not said. */
function* eventsOf(payloads: readonly string[], scrubber: Scrubber): Generator<JsonObject, void> {
  for (const payload of payloads) {
    const event = parseObject(payload);
    if (event !== undefined) yield scrubber.json(event);
  }
}

function toFailure(error: unknown, { name, timeoutSeconds }: ModelProvider, { late, gone }: Timed): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (gone.aborted) {
    return new ProviderFailure(new PlatformError("CANCELED", "The call was canceled."), {
      again: false,
      elsewhere: false,
    });
  }
  if (late.aborted || (error instanceof OutboundError && error.kind === "timeout")) {
    const why = `The provider "${name}" did not answer within ${timeoutSeconds} s.`;
    return new ProviderFailure(new PlatformError("TIMED_OUT", why), { again: false, elsewhere: true });
  }
  if (!(error instanceof OutboundError)) throw error;
  const refused = error.kind === "refused";
  const hint = "Private addresses are for whoever runs the platform to allow: BERTH_OUTBOUND_ALLOW.";
  const why = `The provider "${name}" cannot be reached: ${error.message}.`;
  return new ProviderFailure(
    new PlatformError("MODEL_FAILED", why, { cause: error, retryable: !refused, ...(refused ? { hint } : {}) }),
    { again: !refused, elsewhere: true },
  );
}

async function readAll(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* upTo(body: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer, void> {
  let left = maxBytes;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
