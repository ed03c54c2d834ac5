import { Link } from "@tanstack/react-router";
import { Page } from "../ui/page.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty } from "../ui/status.tsx";

export function NotFound() {
  return (
    <Page title="No such screen" cli="npx a2a --help">
      <Panel>
        <Empty title="There is nothing at this address">
          <Link to="/">Go home</Link>, or press <kbd>mod+k</kbd> and look for it.
        </Empty>
      </Panel>
    </Page>
  );
}
