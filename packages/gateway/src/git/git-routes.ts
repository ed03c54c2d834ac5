import { createGunzip } from "node:zlib";
import type { GitRepositoryExchange } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { PlatformRoute } from "../edge/routes.ts";

const SERVICES = ["git-upload-pack", "git-receive-pack"] as const;
type Service = (typeof SERVICES)[number];

/** What is wanted of a repository is a few lines, a push is its objects. */
const MAX_INPUT_BYTES: Readonly<Record<Service, number>> = {
  "git-upload-pack": 4 * 1024 * 1024,
  "git-receive-pack": 256 * 1024 * 1024,
};

/** git's smart HTTP (gitprotocol-http(5)): `git push` of an agent's folder deploys it. */
export function gitRoutes({ control }: Edge): readonly PlatformRoute[] {
  const { gitRepositories } = control;
  return [
    {
      method: "GET",
      path: "/git/{name}.git/info/refs",
      policy: "repository.manage",
      summary: "git: the refs of an agent's repository; the first push makes it",
      query: [{ name: "service", description: "git-upload-pack or git-receive-pack." }],
      answers: "application/x-git-receive-pack-advertisement",
      errors: "text",
      basic: true,
      stream: true,
      handle: async (exchange) => {
        const service = SERVICES.find((known) => known === exchange.query.get("service"));
        if (service === undefined) {
          throw new PlatformError("UNSUPPORTED_OPERATION", "Only git's smart protocol is spoken here.");
        }
        await answer(exchange, `application/x-${service}-advertisement`, async (git) => {
          await gitRepositories.advertise(exchange.principal, exchange.param("name"), { ...git, service });
        });
      },
    },
    {
      method: "POST",
      path: "/git/{name}.git/git-upload-pack",
      policy: "repository.manage",
      summary: "git: fetch from an agent's repository",
      body: "application/x-git-upload-pack-request",
      answers: "application/x-git-upload-pack-result",
      errors: "text",
      basic: true,
      stream: true,
      handle: async (exchange) => {
        const input = inputOf(exchange, "git-upload-pack");
        await answer(exchange, "application/x-git-upload-pack-result", async (git) => {
          await gitRepositories.pull(exchange.principal, exchange.param("name"), { ...git, input });
        });
      },
    },
    {
      method: "POST",
      path: "/git/{name}.git/git-receive-pack",
      policy: "repository.manage",
      summary:
        "git: push to an agent's repository; main, master or its connected branch is deployed, and how that goes is told",
      body: "application/x-git-receive-pack-request",
      answers: "application/x-git-receive-pack-result",
      errors: "text",
      basic: true,
      stream: true,
      handle: async (exchange) => {
        const input = inputOf(exchange, "git-receive-pack");
        await answer(exchange, "application/x-git-receive-pack-result", async (git) => {
          await gitRepositories.push(exchange.principal, exchange.param("name"), { ...git, input });
        });
      },
    },
  ];
}

/** The head is sent with the first byte: what is refused before is answered as any refusal. */
async function answer(
  exchange: Exchange,
  contentType: string,
  serve: (git: GitRepositoryExchange) => Promise<void>,
): Promise<void> {
  const { res, closed } = exchange;
  const begin = (): void => {
    if (res.headersSent) return;
    res.writeHead(200, {
      "Content-Type": contentType,
      "Cache-Control": "no-cache",
      "X-Request-Id": exchange.requestId,
    });
  };
  const protocol = /^version=[012]$/.exec(exchange.header("git-protocol") ?? "")?.[0];
  const write = async (chunk: Buffer): Promise<void> => {
    begin();
    if (chunk.length === 0 || res.write(chunk)) return;
    await drained(exchange);
  };
  try {
    await serve({ write, signal: closed, ...(protocol === undefined ? {} : { protocol }) });
  } catch (error) {
    // Half an answer must not look like a whole one.
    if (res.headersSent) res.destroy();
    throw error;
  }
  begin();
  res.end();
}

async function drained({ res }: Exchange): Promise<void> {
  if (res.destroyed) throw gone();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = (): void => reject(gone());
  res.once("drain", resolve).once("close", onClose);
  try {
    await promise;
  } finally {
    res.off("drain", resolve).off("close", onClose);
  }
}

/** @throws UNSUPPORTED_MEDIA_TYPE, and REQUEST_TOO_LARGE as it is read */
function inputOf({ req }: Exchange, service: Service): AsyncIterable<Uint8Array> {
  const type = `application/x-${service}-request`;
  if (req.headers["content-type"] !== type) {
    throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", `The body must be ${type}.`);
  }
  const encoding = req.headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return bounded(req, MAX_INPUT_BYTES[service]);
  if (encoding !== "gzip" && encoding !== "x-gzip") {
    throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", `The encoding ${encoding.slice(0, 40)} is not known here.`);
  }
  const gunzip = createGunzip();
  req.on("error", (error) => gunzip.destroy(error));
  return bounded(req.pipe(gunzip), MAX_INPUT_BYTES[service]);
}

async function* bounded(body: AsyncIterable<unknown>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let left = maxBytes;
  for await (const value of body) {
    // A readable without an encoding yields buffers.
    const chunk = value as Buffer;
    left -= chunk.length;
    if (left < 0) throw new PlatformError("REQUEST_TOO_LARGE", `The body is larger than ${maxBytes} bytes.`);
    yield chunk;
  }
}

function gone(): PlatformError {
  return new PlatformError("CANCELED", "The caller went away before the answer was complete.");
}
