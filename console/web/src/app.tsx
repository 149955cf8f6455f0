/** Which page stands at which address. */
import { Redirect, Route, Switch } from 'wouter';
import { Frame } from './frame/frame.tsx';
import { findPage, shopPage, storiesPage, storyPage } from './pages.ts';
import { OverviewPage } from './pages/overview/overview-page.tsx';
import { Empty, Title } from './ui/parts.tsx';

export function App() {
  return (
    <Frame>
      <Switch>
        <Route path="/">
          <OverviewPage />
        </Route>
        <Route path="/shop">
          <shopPage.Part />
        </Route>
        <Route path="/stories">
          <storiesPage.Part />
        </Route>
        <Route path="/stories/:id">{({ id }) => <storyPage.Part key={id} id={id} />}</Route>
        <Route path="/orders/:id">
          {({ id }) => <Redirect to={`/find?q=${encodeURIComponent(id)}`} replace />}
        </Route>
        <Route path="/find">
          <findPage.Part />
        </Route>
        <Route>
          <NoPage />
        </Route>
      </Switch>
    </Frame>
  );
}

function NoPage() {
  return (
    <>
      <Title title="No such page">There is no such page</Title>
      <Empty title="Nothing stands at this address">
        The search above finds a story by any of its ids: of the order, a message, a trace, a saga.
      </Empty>
    </>
  );
}
