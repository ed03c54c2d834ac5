// Runs inside a build's jail, where there is no network: gives its command a local HTTP proxy that is the gate's socket.
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { argv, exit } from "node:process";

const [, , port, socket, program, ...rest] = argv;
const server = createServer((inside) => {
  const outside = connect(socket);
  inside.on("error", () => outside.destroy());
  outside.on("error", () => inside.destroy());
  inside.pipe(outside).pipe(inside);
});
server.listen(Number(port), "127.0.0.1", () => {
  spawn(program, rest, { stdio: "inherit" }).on("close", (code) => exit(code ?? 1));
});
