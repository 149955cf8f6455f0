/** Which page stands at which address. */
import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { Frame } from './frame/frame.tsx';
import { OverviewPage } from './pages/overview/overview-page.tsx';
import { Empty, Loading, Title } from './ui/parts.tsx';

const ShopPage = lazy(() =>
  import('./pages/shop/shop-page.tsx').then((page) => ({ default: page.ShopPage })),
);
const StoriesPage = lazy(() =>
  import('./pages/stories/stories-page.tsx').then((page) => ({ default: page.StoriesPage })),
);
const StoryPage = lazy(() =>
  import('./pages/story/story-page.tsx').then((page) => ({ default: page.StoryPage })),
);
const FindPage = lazy(() =>
  import('./pages/find/find-page.tsx').then((page) => ({ default: page.FindPage })),
);

export function App() {
  return (
    <Frame>
      <Suspense fallback={<Loading lines={6} />}>
        <Switch>
          <Route path="/">
            <OverviewPage />
          </Route>
          <Route path="/shop">
            <ShopPage />
          </Route>
          <Route path="/stories">
            <StoriesPage />
          </Route>
          <Route path="/stories/:id">{({ id }) => <StoryPage key={id} id={id} />}</Route>
          <Route path="/orders/:id">
            {({ id }) => <Redirect to={`/find?q=${encodeURIComponent(id)}`} replace />}
          </Route>
          <Route path="/find">
            <FindPage />
          </Route>
          <Route>
            <NoPage />
          </Route>
        </Switch>
      </Suspense>
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
