import type { ReleaseSpec, SandboxLimits } from "../../sandbox-driver.ts";
import type { CgroupController } from "../cgroup.ts";

/** Read when a program starts, by Node, libuv or the C library: a Node that runs already would not see them. */
const READ_AT_START =
  /^(NODE_(?!ENV$)|UV_|LD_|GLIBC_|MALLOC_|OPENSSL_|SSL_CERT_|TZ$|LANG$|LANGUAGE$|LC_|FORCE_COLOR$|NO_COLOR$)/;

/** Why this release cannot have a jail of these limits that runs already; undefined when it would be the same as a cold one. */
export function whyNotWarm(
  spec: ReleaseSpec,
  limits: SandboxLimits,
  controllers: ReadonlySet<CgroupController>,
): string | undefined {
  if (spec.program !== undefined) return "it is a program with a root of its own";
  if (!spec.entry.endsWith(".mjs")) return "its entry is not a bundle (.mjs)";
  const { memoryMb, tmpMb, cpu, processes } = spec.limits;
  // Node's heap and the size of /tmp are decided when a jail is made.
  if (memoryMb !== limits.memoryMb || tmpMb !== limits.tmpMb) return "its memoryMb or tmpMb is not the usual one";
  // A cgroup can be told later; rlimits cannot, and where nothing holds the processor the refusal is only cautious.
  if (processes !== limits.processes && !controllers.has("pids")) return "its processes is not the usual number";
  if (cpu !== limits.cpu && !controllers.has("cpu")) return "its cpu is not the usual share";
  const early = Object.keys(spec.env).find((name) => READ_AT_START.test(name));
  if (early !== undefined) return `its variable ${early} is read when Node starts`;
  if (Object.entries(spec.env).some((pair) => pair.join("").includes("\0"))) return "a variable has a NUL";
  return undefined;
}
