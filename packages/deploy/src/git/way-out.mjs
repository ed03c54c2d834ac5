// Runs beside git, where git has no network: a SOCKS5 proxy on this namespace's loopback that knows one host, and takes
// every connection to it through the socket that the platform has opened for it. As `--pipe` it is ssh's ProxyCommand.
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";

const [mode, socket = "", host = "", port = "", ...command] = process.argv.slice(2);
const MAX_CONNECTIONS = 8;

if (mode === "--pipe") {
  const up = connect(socket);
  up.on("error", () => process.exit(1));
  up.on("close", () => process.exit(0));
  process.stdin.pipe(up).pipe(process.stdout);
} else {
  const server = createServer(accept);
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(0, "127.0.0.1", () => run(server.address().port));
}

function run(proxyPort) {
  const [file, ...args] = command;
  const child = spawn(file, ["-c", `http.proxy=socks5h://127.0.0.1:${proxyPort}`, ...args], { stdio: "inherit" });
  child.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(127);
  });
  child.on("exit", (code) => process.exit(code ?? 128));
}

// RFC 1928: one method (none), one command (CONNECT), one host.
function accept(client) {
  let seen = Buffer.alloc(0);
  let greeted = false;
  client.on("error", () => client.destroy());
  client.on("data", function read(chunk) {
    seen = Buffer.concat([seen, chunk]);
    if (seen.length > 512) {
      client.destroy();
      return;
    }
    if (!greeted) {
      if (seen.length < 2 || seen.length < 2 + seen[1]) return;
      if (seen[0] !== 5) {
        client.destroy();
        return;
      }
      seen = seen.subarray(2 + seen[1]);
      greeted = true;
      client.write(Buffer.from([5, 0]));
    }
    const asked = readRequest(seen);
    if (asked === undefined) return;
    client.off("data", read);
    const known = asked.command === 1 && asked.host === host && asked.port === Number(port);
    client.write(Buffer.from([5, known ? 0 : 2, 0, 1, 0, 0, 0, 0, 0, 0]));
    if (!known) {
      client.end();
      return;
    }
    const up = connect(socket);
    up.on("error", () => client.destroy());
    up.on("close", () => client.destroy());
    client.on("close", () => up.destroy());
    client.pipe(up).pipe(client);
  });
}

function readRequest(bytes) {
  if (bytes.length < 5) return undefined;
  const type = bytes[3];
  const [start, length] = type === 3 ? [5, bytes[4]] : [4, type === 4 ? 16 : 4];
  if (bytes.length < start + length + 2) return undefined;
  const name = bytes.subarray(start, start + length);
  const text = type === 3 ? name.toString("latin1") : type === 1 ? name.join(".") : v6(name);
  return { command: bytes[1], host: text.toLowerCase(), port: bytes.readUInt16BE(start + length) };
}

function v6(bytes) {
  const parts = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${parts.join(":")}]/`).hostname.slice(1, -1);
}
