import { useMutation } from "@tanstack/react-query";
import { Dices } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failure } from "../../ui/status.tsx";
import { StepsView } from "./steps-view.tsx";
import { tamper, tamperTargets } from "./tamper.ts";
import type { Tampered } from "./tamper.ts";
import { VerdictBanner } from "./verdict-banner.tsx";
import { verify } from "./verifier.ts";
import type { BundleVerdict } from "./verify-messages.ts";

interface Outcome {
  readonly label: string;
  readonly change: Tampered;
  readonly verdict: BundleVerdict;
}

/** Changes one character of the file, here and nowhere else, and shows which step sees it. */
export function TamperPanel({ bundle, trust }: { readonly bundle: string; readonly trust: string | undefined }) {
  const targets = tamperTargets(bundle);
  const bending = useMutation({
    networkMode: "always",
    mutationFn: async (id: string): Promise<Outcome> => {
      const anywhere = { id: "any", label: "the file, anywhere", from: 0, to: bundle.length };
      const target = targets.find((each) => each.id === id) ?? anywhere;
      const change = tamper(bundle, target, Math.random());
      const known = trust === undefined ? {} : { trust };
      return { label: target.label, change, verdict: await verify({ kind: "bundle", text: change.text, ...known }) };
    },
  });
  return (
    <Panel title="Try to forge it">
      <p className="mb-2 text-xs text-muted">
        Changes one character in a copy of the file that only this page has, and verifies that. Nothing is sent.
      </p>
      <div className="flex flex-wrap gap-2">
        {targets.map(({ id, label }) => (
          <Button key={id} small onClick={() => bending.mutate(id)}>
            In {label}
          </Button>
        ))}
        <Button small onClick={() => bending.mutate("any")}>
          <Dices size={13} aria-hidden />
          Anywhere
        </Button>
      </div>
      {bending.error === null ? undefined : <Failure error={bending.error} />}
      {bending.data === undefined ? undefined : <Outcome {...bending.data} />}
    </Panel>
  );
}

function Outcome({ label, change, verdict }: Outcome) {
  const { context, before, after, at } = change;
  return (
    <div className="mt-3 flex flex-col gap-3">
      <p className="text-sm">
        Character {at.toLocaleString("en")}, in {label}:{" "}
        <code className="rounded bg-sunken px-1 font-mono text-xs break-all">{context}</code> has{" "}
        <del className="rounded bg-bad-soft px-1 font-mono text-bad">{before}</del> changed to{" "}
        <ins className="rounded bg-warn-soft px-1 font-mono text-warn no-underline">{after}</ins>
      </p>
      <VerdictBanner verdict={verdict} />
      <StepsView verdict={verdict} isBrief />
    </div>
  );
}
