/**
 * The one place that makes workers. The platform's policy lets no text become a script's address but what this Trusted Types
 * policy has looked at: files of our own build, by the addresses that the bundler gives them.
 */
interface WorkerPolicy {
  createScriptURL(address: string): unknown;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): WorkerPolicy;
}

const NAME = "berth-worker";
let policy: WorkerPolicy | undefined;

/** `address`: of `import address from "./x-worker.ts?worker&url"`. Whoever opens one terminates it. */
export function openWorker(address: string): Worker {
  // Browsers without Trusted Types take the text itself.
  policy ??= trustedTypes()?.createPolicy(NAME, { createScriptURL: ownScript }) ?? { createScriptURL: ownScript };
  // The types of the DOM do not know that a TrustedScriptURL is taken as well.
  return new Worker(policy.createScriptURL(address) as string, { type: "module" });
}

function ownScript(address: string): string {
  const url = new URL(address, location.origin);
  if (url.origin !== location.origin) throw new Error("a worker comes from this platform's own files");
  return url.href;
}

function trustedTypes(): TrustedTypes | undefined {
  // Not in the types of the DOM yet.
  return (globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes;
}
