import { createServer } from "node:http";
import type { RequestListener } from "node:http";

export interface ListeningServer extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
}

/** A server of the test on a port of its own; `toListener` gets its address. */
export async function listen(toListener: (url: string) => RequestListener): Promise<ListeningServer> {
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const url = `http://127.0.0.1:${address.port}`;
  listener = toListener(url);
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
