import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressOf } from "../google/local-cloud-run.ts";
import type { LocalContainers } from "./local-containers.ts";
import type { LocalMetadata } from "./local-metadata.ts";

export interface LocalRun extends AsyncDisposable {
  /** Each revision has an address of this machine to itself; the port is the same. */
  readonly addressOf: AddressOf;
  /** What was called, by tag. */
  readonly calls: readonly { readonly tag: string | undefined; readonly status: number }[];
}

/** Where services of Cloud Run are called: asks who comes, starts what is asked for, hands everything on. */
export async function openLocalRun(options: {
  readonly containers: LocalContainers;
  readonly metadata: LocalMetadata;
  readonly imageOf: (service: string, tag: string | undefined) => string | undefined;
}): Promise<LocalRun> {
  const places: { readonly service: string; readonly tag: string | undefined }[] = [];
  const calls: { readonly tag: string | undefined; readonly status: number }[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      process.stderr.write(`local run: ${String(error)}\n`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  const addressOf: AddressOf = (service, tag) => {
    const known = places.findIndex((place) => place.service === service && place.tag === tag);
    const index = known === -1 ? places.push({ service, tag }) - 1 : known;
    return `http://127.0.1.${index + 1}:${bound.port}`;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const place = places[Number(request.socket.localAddress?.split(".").at(-1)) - 1];
    const status = refusalOf(request, place);
    if (status !== undefined || place === undefined) {
      calls.push({ tag: place?.tag, status: status ?? 404 });
      return void response.writeHead(status ?? 404).end();
    }
    const image = options.imageOf(place.service, place.tag);
    if (image === undefined) return void response.writeHead(404).end();
    const to = new URL(request.url ?? "/", await options.containers.addressOf(image));
    calls.push({ tag: place.tag, status: 200 });
    const passed = httpRequest(to, { method: request.method, headers: request.headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  }

  function refusalOf({ headers }: IncomingMessage, place: (typeof places)[number] | undefined): number | undefined {
    if (place === undefined) return 404;
    if (headers.authorization === undefined) return 401;
    return options.metadata.gave(headers.authorization, addressOf(place.service, undefined)) ? undefined : 403;
  }

  return {
    addressOf,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
