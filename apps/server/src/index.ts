export { adminKeyPath } from "./admin-key.ts";
export { runServer } from "./run-server.ts";
export type { RunServerOptions } from "./run-server.ts";
