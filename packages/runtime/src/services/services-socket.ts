import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { rm } from "node:fs/promises";

export interface ServicesSocket {
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 256;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** The socket of one instance; the caller sees to it that only this instance can reach it. */
export async function openServicesSocket(socketPath: string, listener: RequestListener): Promise<ServicesSocket> {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("request", listener);
  server.on("clientError", (_error, socket) => {
    socket.destroy();
  });
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeAllConnections();
      await closed;
      await rm(socketPath, { force: true });
    },
  };
}
