// What `a2a dev` starts in a process of its own: `launch-agent.ts ENTRY`. It does what the launcher of a release does, on
// the author's own files: an agent of the SDK is told to serve, any other program listens by itself.
import { subscribe } from "node:diagnostics_channel";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { answerMainChecks } from "@berth/deploy/launch";

const [node = "", , entry = ""] = process.argv;
process.argv = [node, entry, ...process.argv.slice(3)];
const url = pathToFileURL(entry).href;

// Servers that do not ask for PORT are found all the same.
subscribe("tracing:net.server.listen:asyncEnd", (message) => {
  const address = (message as { readonly server?: { address(): unknown } }).server?.address(); // as Node documents the channel
  if (typeof address === "object" && address !== null && "port" in address) process.send?.({ port: address.port });
});

// Whoever started this is gone, however it ended: nobody would stop the agent.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();

// In the entry "am I the program that was started" is true, as it is in a release.
registerHooks({
  load(of, context, next) {
    const loaded = next(of, context);
    if (of !== url || loaded.source === undefined || loaded.source === null) return loaded;
    const source =
      typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString("utf8");
    return { ...loaded, source: answerMainChecks(source) };
  },
});

const { default: agent } = (await import(url)) as { readonly default?: { readonly [SERVE]?: unknown } };
const serve = agent?.[Symbol.for("berth.agent.serve") as typeof SERVE];
if (typeof serve === "function") await serve.call(agent);

declare const SERVE: unique symbol;
