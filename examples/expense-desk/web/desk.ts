/** What the platform says about the agent and about who uses the app. */
export interface Desk {
  readonly config: AppConfig;
  readonly session: AppSession;
}

export interface AppConfig {
  readonly agent: { readonly title: string; readonly description: string; readonly version: string };
  readonly release: string;
  readonly endpoints: { readonly a2a: string; readonly signOut: string };
  readonly skills: readonly Skill[];
}

export interface Skill {
  readonly id: string;
  readonly description: string;
  readonly inputSchema?: { readonly properties?: { readonly [name: string]: { readonly type?: string } } };
}

interface AppSession {
  readonly user: { readonly id: string; readonly name: string | null };
  readonly organization: { readonly name: string };
}

export async function loadDesk(): Promise<Desk> {
  const [config, session] = await Promise.all([read("/app/config.json"), read("/auth/session")]);
  // The platform's own answers, as docs/reference/app.md describes them.
  return { config: config as AppConfig, session: session as AppSession };
}

export async function signOut({ endpoints }: AppConfig): Promise<void> {
  await fetch(endpoints.signOut, { method: "POST" });
  location.reload();
}

async function read(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return await response.json();
}
