import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Badge } from "../../ui/badge.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { SaveButton } from "../../ui/save-button.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { Failure, Loaded } from "../../ui/status.tsx";
import { AfterwardsPanel } from "./afterwards-panel.tsx";
import { bundleQuery, receiptQuery } from "./receipt.ts";
import type { ReceiptInfo } from "./receipt.ts";
import { ReceiptActions } from "./receipt-actions.tsx";
import { StatementView } from "./statement-view.tsx";
import { StepsView } from "./steps-view.tsx";
import { TamperPanel } from "./tamper-panel.tsx";
import { trustQuery } from "./trust.ts";
import { VerdictBanner } from "./verdict-banner.tsx";
import { verify } from "./verifier.ts";

/** One receipt, verified here before a word of it is shown. */
export function ReceiptScreen() {
  const { id = "" } = useParams({ strict: false });
  const info = useQuery(receiptQuery(id));
  const receiptId = info.data?.receiptId ?? "";
  const bundle = useQuery({ ...bundleQuery(receiptId), enabled: receiptId !== "" });
  return (
    <Page
      title="Receipt"
      aside={<Aside id={receiptId === "" ? id : receiptId} info={info.data} />}
      actions={
        <>
          {bundle.data === undefined ? undefined : (
            <SaveButton name={`${receiptId}.json`} content={bundle.data} label="Save the bundle" />
          )}
          {info.data === undefined ? undefined : <ReceiptActions receipt={info.data} />}
        </>
      }
      cli={`npx a2a receipts show ${shellWord(receiptId === "" ? id : receiptId)} --bundle > receipt.json; npx a2a receipts verify receipt.json --trust keys.json`}
    >
      {info.error !== null && info.data === undefined ? (
        <Failure error={info.error} retry={() => void info.refetch()} />
      ) : (
        <Loaded query={bundle} what="the bundle">
          {(text) => <Verified text={text} id={receiptId} />}
        </Loaded>
      )}
    </Page>
  );
}

function Aside({ id, info }: { readonly id: string; readonly info: ReceiptInfo | undefined }) {
  return (
    <>
      <code className="font-mono text-xs text-muted">{id}</code>
      {info?.erased === true ? <Badge tone="warn">content erased</Badge> : undefined}
    </>
  );
}

function Verified({ text, id }: { readonly text: string; readonly id: string }) {
  const trust = useQuery(trustQuery);
  const known = trust.data?.document;
  const verdict = useQuery({
    queryKey: ["verdict", text, known],
    queryFn: async () => await verify({ kind: "bundle", text, ...(known === undefined ? {} : { trust: known }) }),
    enabled: !trust.isPending,
    networkMode: "always",
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded query={verdict} what="the verdict">
      {(found) => (
        <>
          <VerdictBanner verdict={found} />
          <div className="grid min-w-0 items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
            {found.receipt === undefined ? (
              <Panel title="Nothing is shown">
                <p className="text-sm text-muted">What does not hold is not shown: nobody knows who wrote it.</p>
              </Panel>
            ) : (
              <StatementView receipt={found.receipt} />
            )}
            <div className="flex min-w-0 flex-col gap-4">
              <Panel title="Step by step">
                <StepsView verdict={found} />
              </Panel>
              {found.receipt === undefined ? undefined : <AfterwardsPanel id={id} addenda={found.receipt.addenda} />}
              <TamperPanel bundle={text} trust={known} />
            </div>
          </div>
        </>
      )}
    </Loaded>
  );
}
