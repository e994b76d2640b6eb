import type { AccessScope } from '@corral/core';
import { SimulatedHub, simulatedEndpoint, simulatedModel } from '@corral/core/testing';
import { expect, waitUntil } from '@open-wc/testing';
import { drawn } from '../testing/frames.fixture.js';
import { underHub } from '../testing/grid.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import type { ModelGrid } from './model-grid.js';

/** The captions of all buttons of the grid and of everything in it. */
function captionsIn(root: ParentNode): string[] {
  return [...root.querySelectorAll('*')].flatMap((element) => [
    ...(element instanceof HTMLButtonElement ? [element.textContent.trim()] : []),
    ...(element.shadowRoot ? captionsIn(element.shadowRoot) : []),
  ]);
}

async function gridWith(scope: AccessScope | undefined): Promise<{ grid: ModelGrid; hub: SimulatedHub }> {
  const hub = new SimulatedHub([
    simulatedModel({ modelId: 'on', state: 'ready' }),
    simulatedModel({ modelId: 'off' }),
  ]);
  hub.scope = scope;
  hub.fleet.add(simulatedEndpoint({ id: 'gone', origin: 'attached', condition: 'refused' }));
  const grid = await underHub(hub);
  await waitUntil(() => grid.shadowRoot?.querySelector('endpoint-list')?.shadowRoot?.querySelector('li'));
  return { grid, hub };
}
const captions = (grid: ModelGrid): string[] =>
  [...new Set(captionsIn(grid.shadowRoot as ShadowRoot))].sort();
const steering = ['RESTART', 'SETTINGS', 'START', 'STOP', '☆'];

describe('<model-grid> under a hub that lets us', () => {
  keepConsoleQuiet();

  it('only look: shows everything and offers nothing that would be refused', async () => {
    const { grid } = await gridWith('view');
    expect(captions(grid)).to.deep.equal(['DETAILS']);
  });

  it('operate: offers what steers models, and not what decides what is watched', async () => {
    const { grid } = await gridWith('operate');
    expect(captions(grid)).to.include.members([...steering, 'RE-SCAN', 'START ALL', 'STOP ALL']);
    expect(captions(grid)).not.to.include('ATTACH SERVER');
    expect(captions(grid)).not.to.include('DETACH');
  });

  for (const scope of ['admin', undefined] as const) {
    it(`do everything (${scope}): offers all of it`, async () => {
      const { grid } = await gridWith(scope);
      expect(captions(grid)).to.include.members([...steering, 'ATTACH SERVER', 'DETACH']);
    });
  }

  it('do less than before: takes the controls away when the connection tells', async () => {
    const { grid, hub } = await gridWith('admin');
    hub.scope = 'view';
    hub.setConnection('reconnecting');
    await drawn();
    await drawn();
    expect(captions(grid)).to.deep.equal(['DETAILS']);
  });
});
