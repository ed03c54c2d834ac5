import { runServer } from "./run-server.ts";

const args = process.argv.slice(2);
const code = await runServer({ json: args.includes("--json"), firstLook: args.includes("--first-look") });
process.exit(code);
