// A platform whose runs are sealed, or (`off`) stay in the queue for ever: what the product cannot be told to do. The
// queue seems empty to the sealer; all else is as it is.
import { readServerConfig } from "../apps/server/src/config.ts";
import { startPlatform } from "../apps/server/src/start-platform.ts";
import type { Store } from "@berth/store";

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const wrapStore = (store: Store): Store => ({ ...store, receipts: withoutQueue(store.receipts) });

function withoutQueue(receipts: Store["receipts"]): Store["receipts"] {
  return new Proxy(receipts, {
    get(target, name) {
      if (name === "pending") return async () => [];
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

const config = readServerConfig(process.env, process.cwd());
const platform = await startPlatform(config, log, process.argv[2] === "off" ? { wrapStore } : {});
process.stdout.write(`${JSON.stringify({ url: platform.url, token: platform.token })}\n`);
process.once("SIGTERM", () => void platform.stop().then(() => process.exit(0)));
