import { Suspense, use } from "react";
import type { ReactNode } from "react";
import { signOut } from "./desk.ts";
import type { Desk } from "./desk.ts";
import { SkillPanel } from "./skill-panel.tsx";

export function App({ desk }: { readonly desk: Promise<Desk> }): ReactNode {
  return (
    <main>
      <Suspense fallback={<p>Loading…</p>}>
        <Page desk={desk} />
      </Suspense>
    </main>
  );
}

function Page({ desk }: { readonly desk: Promise<Desk> }): ReactNode {
  const { config, session } = use(desk);
  return (
    <>
      <header>
        <h1>{config.agent.title}</h1>
        <span className="quiet">
          {session.user.name ?? session.user.id} · {session.organization.name}
        </span>
        <button type="button" onClick={() => void signOut(config)}>
          Sign out
        </button>
      </header>
      <p>{config.agent.description}</p>
      {config.skills.map((skill) => (
        <SkillPanel key={skill.id} skill={skill} url={config.endpoints.a2a} />
      ))}
      <p className="quiet">
        {config.agent.version} · {config.release}
      </p>
    </>
  );
}
