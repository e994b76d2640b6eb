import type { Job } from '@corral/core';
import { SimulatedHub } from '@corral/core/testing';
import { expect, fixture, html, waitUntil } from '@open-wc/testing';
import type { JobOpenEvent } from '../events/job-events.js';
import {
  all,
  counts,
  ended,
  hubOf,
  job,
  press,
  read,
  readIn,
  under,
  waiting,
} from '../job-status/jobs.fixture.js';
import { everySecond } from '../relative-time.js';
import { allElements, drawn, inside } from '../testing/frames.fixture.js';
import { hostileTexts } from '../testing/hostile-texts.fixture.js';
import { keepConsoleQuiet } from '../testing/quiet-console.fixture.js';
import { themedFixture, themes } from '../testing/themed-page.fixture.js';
import './define.js';
import type { JobList } from './job-list.js';

const activeOf = (hub: SimulatedHub): Promise<JobList> => under(hub, html`<job-list></job-list>`);
const listOf = (jobs: readonly Job[]): Promise<JobList> => fixture(html`<job-list .jobs=${jobs}></job-list>`);
const names = (list: Element): string[] => all(list, '.job-link').map(read);
const amounts = (list: Element): string[] => all(list, '[part=text]').map(read);

describe('<job-list>: active jobs', () => {
  keepConsoleQuiet();

  it('shows what has not ended: status, cost, time, tasks and age', async () => {
    const list = await activeOf(
      hubOf([
        job('a', {
          totalCost: 0.0312,
          budgetUsd: 0.5,
          elapsedS: 600,
          taskCounts: counts({ completed: 2, failed: 1, pending: 3 }),
          unpricedCalls: 2,
        }),
        ended('b', 1),
      ]),
    );
    expect(names(list)).to.deep.equal(['a']);
    expect(readIn(list, '[part=status]')).to.equal('◐Running');
    expect(amounts(list)[0]).to.equal('$0.0312 of $0.50');
    expect(amounts(list)[1]).to.match(/^10m 0\ds of 1h 30m$/);
    expect(readIn(list, 'footer')).to.match(/^2 of 6 tasks, 1 failed 2 unpriced calls .* ago$/);
  });

  it('says why a job waits, and never calls an unknown cost nothing', async () => {
    const list = await activeOf(hubOf([job('a', { statusReason: 'no_backend', totalCost: null })]));
    expect([readIn(list, '[part=status]'), readIn(list, '.why')]).to.deep.equal([
      '◔Waiting',
      'No endpoint can be called now. It goes on when one can.',
    ]);
    expect(amounts(list)[0]).to.equal('unknown of $8.00');
  });

  it('follows what the hub announces', async () => {
    const hub = hubOf([job('a')]);
    const list = await activeOf(hub);
    hub.jobs.add(job('b', { createdAt: '2026-02-01T00:00:00.000Z' }));
    await drawn();
    expect(names(list)).to.deep.equal(['b', 'a']);
    hub.jobs.update('a', { totalCost: 1.5 });
    await drawn();
    expect(amounts(list)[2]).to.equal('$1.5000 of $8.00');
    hub.jobs.end('a', 'done');
    await drawn();
    expect(names(list)).to.deep.equal(['b']);
    await hub.jobs.delete('b');
    await drawn();
    expect(readIn(list, '[part=empty]')).to.equal('No active jobs.');
  });

  it('leads to where a job can be started, or shows what the page has for it', async () => {
    const list = await fixture<JobList>(html`<job-list .jobs=${[]} start-href="#/new"></job-list>`);
    expect(readIn(list, '[part=empty]')).to.equal('No active jobs. Start one');
    expect(inside<HTMLAnchorElement>(list, '[part=empty] a').getAttribute('href')).to.equal('#/new');
    for (const href of ['', 'javascript:alert(1)']) {
      list.startHref = href;
      await drawn();
      expect(all(list, '[part=empty] a').length, href).to.equal(0);
    }
    const slotted = await fixture<JobList>(
      html`<job-list .jobs=${[]}><a slot="start" href="#/x">Begin</a></job-list>`,
    );
    expect(inside<HTMLSlotElement>(slotted, 'slot[name=start]').assignedElements().map(read)).to.deep.equal([
      'Begin',
    ]);
  });

  it('links to its jobs where it knows where they are, else announces what someone wants to see', async () => {
    const list = await listOf([job('a/1')]);
    const opened: string[] = [];
    list.addEventListener('job-open', (event: JobOpenEvent) => void opened.push(event.jobId));
    await press(list, 'button.job-link');
    expect(opened).to.deep.equal(['a/1']);
    list.jobHref = '#/jobs/{id}';
    await drawn();
    expect(inside<HTMLAnchorElement>(list, 'a.job-link').getAttribute('href')).to.equal('#/jobs/a%2F1');
    list.jobHref = 'javascript:alert("{id}")';
    await drawn();
    expect(all(list, 'a.job-link').length).to.equal(0);
  });

  it('resumes an interrupted job, shows that it is under way, and says why not', async () => {
    const hub = hubOf([job('a', { status: 'interrupted' }), job('b')]);
    const list = await activeOf(hub);
    expect(all(list, '.resume').length).to.equal(1);
    const answer = waiting<undefined>();
    list.addEventListener('job-resume', (event) => event.respondWith(answer.promise), { once: true });
    await press(list, '.resume');
    expect([readIn(list, '.resume'), inside(list, '.resume').ariaBusy]).to.deep.equal(['RESUMING', 'true']);
    answer.reject(new Error('The hub is busy'));
    await drawn();
    expect(readIn(list, '[role=alert]')).to.equal('The hub is busy');
    await press(list, '.resume');
    expect([hub.commands, readIn(list, '.said')]).to.deep.equal([['resume a'], 'Job a goes on']);
  });

  it('counts the time of running jobs on, with the one timer of the page', async () => {
    const list = await listOf([job('a', { status: 'pending' })]);
    list.jobs = [job('a', { elapsedS: 10, startedAt: null })];
    await drawn();
    await waitUntil(() => /^1[1-9]s of 1h 30m$/.test(amounts(list)[1] ?? ''), 'the time goes on', {
      timeout: 8000,
    });
    list.remove();
    expect(everySecond.isRunning).to.equal(false);
  });

  it('shows fifty of many, and more when someone asks', async () => {
    const list = await listOf(Array.from({ length: 120 }, (_, i) => job(`j${i}`)));
    expect([names(list).length, readIn(list, '.more')]).to.deep.equal([50, '50 of 120 jobs SHOW 50 MORE']);
    await press(list, '.show-more');
    await press(list, '.show-more');
    expect([names(list).length, all(list, '.more').length]).to.deep.equal([120, 0]);
  });

  it('says that it looks for jobs, that the connection is lost, and why', async () => {
    const hub = hubOf([]);
    hub.setConnection('connecting');
    const list = await activeOf(hub);
    expect(readIn(list, '[part=empty]')).to.equal('Looking for jobs…');
    hub.setConnection('live');
    hub.jobs.add(job('a'));
    await drawn();
    hub.setConnection('reconnecting');
    await drawn();
    expect(readIn(list, '.lost')).to.contain('Not connected now');
    expect(names(list)).to.deep.equal(['a']);
  });

  it('shows hostile texts as text, and stays in little width', async () => {
    const list = await listOf(
      hostileTexts.map((text, i) => job(`${text}${i}`, { projectDescription: text, model: text })),
    );
    list.style.width = '340px';
    await drawn();
    expect(all(list, '.job-link').map(({ textContent }) => textContent)).to.deep.equal(hostileTexts);
    expect(list.scrollWidth).to.be.at.most(340);
    expect('hacked' in globalThis).to.equal(false);
  });

  it('leaves nothing after 1,000 times in and out of the page', async () => {
    const hub = hubOf([job('a')]);
    const list = await activeOf(hub);
    const parent = list.parentElement as HTMLElement;
    const [listeners, elements] = [hub.listenerCount, allElements(document).length];
    for (let i = 0; i < 1000; i++) {
      list.remove();
      parent.append(list);
    }
    await drawn();
    expect([hub.listenerCount, allElements(document).length]).to.deep.equal([listeners, elements]);
    expect(everySecond.isRunning).to.equal(true);
    list.remove();
    expect([hub.listenerCount, everySecond.isRunning]).to.deep.equal([0, false]);
  });

  for (const theme of themes) {
    it(`is accessible in ${theme}`, async () => {
      const jobs = [
        job('a', { unpricedCalls: 1, totalCost: 9 }),
        job('b', { status: 'interrupted', totalCost: null }),
        job('c', { status: 'pending' }),
        job('d', { statusReason: 'disk_full' }),
      ];
      const page = await themedFixture(
        theme,
        html`<job-list .jobs=${jobs} job-href="#/jobs/{id}"></job-list><job-list .jobs=${[]} start-href="#/new"></job-list>`,
      );
      await expect(page).to.be.accessible();
    });
  }
});
