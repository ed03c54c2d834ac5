import type { Duplex } from "node:stream";

const ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Where a large body arrives: whoever reads it has a clock of its own. */
const slow = new WeakSet<Duplex>();

/** From now on a request on this connection may take longer than the server lets others. Undone by disposing of it. */
export function allowSlowBody(socket: Duplex): Disposable {
  slow.add(socket);
  return { [Symbol.dispose]: () => void slow.delete(socket) };
}

/** What Node could not even read as a request: there is no exchange to answer on, only a socket. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && slow.has(socket)) return;
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = ANSWERS[error.code ?? ""] ?? "400 Bad Request";
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
