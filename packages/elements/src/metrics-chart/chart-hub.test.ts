import type { MetricsWindow } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import { expect, fixture, html } from '@open-wc/testing';
import { cpuWindow, snapshot } from '../metrics-panel/snapshots.fixture.js';
import { drawn, inside, textOf } from '../testing/frames.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { all, paths, ramp, texts, under } from './chart.fixture.js';
import type { MetricsChart } from './metrics-chart.js';

describe('<metrics-chart> under a provider', () => {
  keepConsoleQuiet();

  it('asks for the past once and appends what comes', async () => {
    const hub = new SimulatedHub();
    hub.fleet.setWindows([cpuWindow('a', [10, 20, 30]), cpuWindow('b', [1, null, 3])]);
    const asked: number[] = [];
    const metricsWindow = hub.metricsWindow.bind(hub);
    hub.metricsWindow = (windowS) => {
      asked.push(windowS);
      return metricsWindow(windowS);
    };
    const element = await under(hub);
    expect(texts(element, '.legend li')).to.deep.equal(['a 30.0%', 'b 3.0%']);
    const before = paths(element)[0]?.match(/L/g)?.length;
    hub.fleet.collect([snapshot('a', { cpuUtilization: 40 }, 3), snapshot('b', {}, 3)]);
    await drawn();
    expect(texts(element, '.legend li')).to.deep.equal(['a 40.0%', 'b N/A']);
    expect(paths(element)[0]?.match(/L/g)?.length).to.equal((before ?? 0) + 1);
    element.minutes = 15;
    await drawn();
    expect(asked).to.deep.equal([900]);
  });

  it('draws a hole in time as a gap', async () => {
    const hub = new SimulatedHub();
    hub.fleet.setWindows([cpuWindow('a', [1, 2, 3])]);
    const element = await under(hub);
    hub.fleet.collect([snapshot('a', { cpuUtilization: 4 }, 30)]);
    await drawn();
    expect(paths(element)[0]?.match(/M/g)?.length).to.equal(2);
  });

  it('F53: marks where the clock was set back', async () => {
    const hub = new SimulatedHub();
    hub.fleet.setWindows([cpuWindow('a', ramp(50))]);
    const element = await under(hub);
    expect(all(element, 'line.mark').length).to.equal(0);
    hub.fleet.collect([snapshot('a', { cpuUtilization: 4 }, 30)]);
    await drawn();
    expect(texts(element, 'text.mark')).to.deep.equal(['clock set back']);
  });

  it('lets people choose among what is known of the backends', async () => {
    const hub = new SimulatedHub();
    hub.fleet.collect([snapshot('a', { cpuUtilization: 1, ramUsed: 2e9 }), snapshot('q', { queueDepth: 3 })]);
    const element = await under(hub);
    expect(texts(element, 'option')).to.deep.equal(['CPU', 'RAM', 'Queue']);
    const select = inside<HTMLSelectElement>(element, 'select');
    select.value = 'queueDepth';
    select.dispatchEvent(new Event('change', { bubbles: true }));
    await drawn();
    expect([element.field, textOf(element, 'h3')]).to.deep.equal(['queueDepth', 'Queue']);
    expect(texts(element, '.legend li')).to.deep.equal(['q 3 requests']);
    element.setAttribute('field', 'constructor');
    await drawn();
    expect(textOf(element, 'h3')).to.equal('CPU');
  });

  it('shows one backend alone', async () => {
    const hub = new SimulatedHub();
    hub.fleet.setWindows([cpuWindow('a', [10]), cpuWindow('b', [1])]);
    const element = await under(hub);
    element.backendId = 'b';
    await drawn();
    expect(texts(element, '.legend li')).to.deep.equal(['b 1.0%']);
  });

  it('gives a lone line the colour of its number, and a backend the same colour in every chart', async () => {
    const hub = new SimulatedHub();
    hub.fleet.collect([
      snapshot('q', { queueDepth: 1 }),
      snapshot('a', { ramUsed: 1e9 }),
      snapshot('b', { ramUsed: 2e9, cpuUtilization: 3 }),
    ]);
    const slots = (element: Element): (string | undefined)[] =>
      all(element, '.legend button').map((button) => button.dataset['slot']);
    expect(slots(await under(hub, 'ramUsed'))).to.deep.equal(['1', '2']);
    expect(slots(await under(hub, 'cpuUtilization'))).to.deep.equal(['0']);
    expect(slots(await under(hub, 'queueDepth'))).to.deep.equal(['3']);
  });

  it('asks for what it missed when the connection is back', async () => {
    const hub = new SimulatedHub();
    hub.fleet.setWindows([cpuWindow('a', [1, 2, 3])]);
    const element = await under(hub);
    expect(textOf(element, 'h3')).not.to.contain('not connected');
    hub.setConnection('reconnecting');
    await drawn();
    expect(textOf(element, 'h3')).to.contain('not connected now');
    hub.fleet.setWindows([cpuWindow('a', [1, 2, 3, 4, 5, 6])]);
    hub.setConnection('live');
    await drawn();
    expect(textOf(element, 'h3')).not.to.contain('not connected');
    expect(texts(element, '.legend li')).to.deep.equal(['a 6.0%']);
    expect(paths(element)[0]?.match(/M/g)?.length).to.equal(1);
  });

  it('says why the past is missing, and goes on with what comes', async () => {
    const hub = new SimulatedHub();
    hub.metricsWindow = () => Promise.reject(new Error('The hub does not answer'));
    const element = await under(hub);
    expect(textOf(element, '[role=alert]')).to.contain('The hub does not answer');
    hub.fleet.collect([snapshot('a', { cpuUtilization: 4 }, 30)]);
    await drawn();
    expect(texts(element, '.legend li')).to.deep.equal(['a 4.0%']);
  });

  it('drops the answer of a hub that it no longer has', async () => {
    const hub = new SimulatedHub();
    let answer: (windows: readonly MetricsWindow[]) => void = () => {};
    hub.metricsWindow = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const element = await under(hub);
    expect(textOf(element, '.blank')).to.equal('Loading readings…');
    element.remove();
    answer([cpuWindow('late', [1])]);
    await drawn();
    document.body.append(element);
    await drawn(4);
    expect(textOf(element, '.blank')).to.equal('No hub to show readings of.');
    element.remove();
  });

  it('is written once a frame, and not while it is off screen', async () => {
    const hub = new SimulatedHub();
    const page = await fixture<HTMLElement>(html`
      <corral-provider .hub=${hub}>
        <div style="height: 300px; overflow: auto">
          <div style="height: 20000px"></div>
          <metrics-chart></metrics-chart>
        </div>
      </corral-provider>
    `);
    const element = page.querySelector('metrics-chart') as MetricsChart;
    await drawn(4);
    let draws = 0;
    const draw = element.draw.bind(element);
    element.draw = () => {
      draws += 1;
      draw();
    };
    for (let i = 0; i < 50; i++) hub.fleet.collect([snapshot('a', { cpuUtilization: i }, i)]);
    await drawn();
    expect([draws, paths(element).length]).to.deep.equal([0, 0]);
    element.scrollIntoView();
    await drawn(6);
    expect(texts(element, '.legend li')).to.deep.equal(['a 49.0%']);
    draws = 0;
    for (let i = 50; i < 60; i++) hub.fleet.collect([snapshot('a', { cpuUtilization: i }, i)]);
    await drawn();
    expect([draws, texts(element, '.legend li')]).to.deep.equal([1, ['a 59.0%']]);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = new SimulatedHub();
    const element = await under(hub);
    const provider = element.parentElement as HTMLElement;
    const alive = hub.listenerCount;
    for (let i = 0; i < 1000; i++) {
      element.remove();
      provider.append(element);
    }
    await drawn();
    expect(hub.listenerCount).to.equal(alive);
    element.remove();
    await drawn();
    expect(hub.listenerCount).to.equal(0);
  });
});
