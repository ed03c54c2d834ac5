import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, createServer as createNetServer } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";

/** The repositories of a folder over smart HTTP, as git's own CGI program serves them, and a tunnel to it. */
export interface GitHttpServer extends AsyncDisposable {
  readonly port: number;
  readonly socket: string;
  /** Lines such as `GET /a.git/info/refs Basic …`. */
  readonly seen: readonly string[];
  /** Answers instead of git; undefined: git does. */
  intercept: ((req: IncomingMessage, res: ServerResponse) => boolean) | undefined;
}

export async function openGitHttpServer(folder: string): Promise<GitHttpServer> {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((req, res) => {
    seen.push(`${req.method ?? ""} ${req.url ?? ""} ${req.headers.authorization ?? ""}`);
    if (opened.intercept?.(req, res) !== true) serve(folder, req, res);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const socket = join(folder, "out.sock");
  const tunnel = createNetServer((inner) => {
    const outer = connect(port, "127.0.0.1");
    for (const each of [inner, outer]) {
      sockets.add(each);
      each.on("error", () => each.destroy());
    }
    inner.pipe(outer).pipe(inner);
  });
  tunnel.listen(socket);
  await once(tunnel, "listening");
  const opened: GitHttpServer = {
    port,
    socket,
    seen,
    intercept: undefined,
    async [Symbol.asyncDispose]() {
      for (const each of sockets) each.destroy();
      server.closeAllConnections();
      await Promise.all([server, tunnel].map(async (each) => await new Promise((resolve) => each.close(resolve))));
    },
  };
  return opened;
}

function serve(folder: string, req: IncomingMessage, res: ServerResponse): void {
  const { pathname, search } = new URL(req.url ?? "/", "http://x");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: req.method ?? "",
      CONTENT_TYPE: req.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: req.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(req.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => undefined);
  req.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf("\r\n\r\n");
    for (const line of answer.subarray(0, end).toString("latin1").split("\r\n")) {
      const [name = "", value = ""] = line.split(": ");
      if (name === "Status") res.statusCode = Number.parseInt(value, 10);
      else res.setHeader(name, value);
    }
    res.end(answer.subarray(end + 4));
  });
}
