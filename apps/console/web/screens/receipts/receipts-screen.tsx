import { useQuery } from "@tanstack/react-query";
import { may, whoAmI } from "../../api/session.ts";
import { Page } from "../../ui/page.tsx";
import { useSearchState } from "../../ui/search-state.ts";
import { Tabs } from "../../ui/tabs.tsx";
import { AuditTab } from "./audit-tab.tsx";
import { LedgerTab } from "./ledger-tab.tsx";
import { OfflineTab } from "./offline-tab.tsx";
import { ReceiptsTab } from "./receipts-tab.tsx";

const TABS = [
  { id: "receipts", label: "Receipts", cli: "npx a2a receipts list", body: <ReceiptsTab /> },
  { id: "audit", label: "Audit log", cli: "npx a2a audit list", body: <AuditTab /> },
  { id: "ledger", label: "Ledger", cli: "npx a2a ledger check --remember", body: <LedgerTab /> },
  {
    id: "verify",
    label: "Verify a file",
    cli: "npx a2a receipts verify receipt.json --trust keys.json",
    body: <OfflineTab />,
  },
] as const;

/** What was recorded of runs and of administrative acts, and whether it holds: every verdict is made in this browser. */
export function ReceiptsScreen() {
  const [search, setSearch] = useSearchState();
  const who = useQuery(whoAmI);
  const mayAudit = who.data !== undefined && may(who.data, "audit");
  const tabs = TABS.filter(({ id }) => id !== "audit" || mayAudit);
  const tab = tabs.find(({ id }) => id === search["tab"]) ?? TABS[0];
  return (
    <Page title="Receipts and audit" cli={tab.cli}>
      <Tabs
        label="Receipts and audit"
        tabs={tabs}
        selected={tab.id}
        onSelect={(id) => setSearch({ tab: id === "receipts" ? undefined : id })}
      >
        {tab.body}
      </Tabs>
    </Page>
  );
}
